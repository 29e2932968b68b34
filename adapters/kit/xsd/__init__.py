"""XML Schema: types, and codecs made of them."""
