"""A person who exchanged their personal code is one person, by whichever code they are found."""
