"""A SOAP server of another make serves our contract: two independent readings meet on the wire."""
