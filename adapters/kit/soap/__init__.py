"""SOAP: what a WSDL says, and calls of its operations."""
