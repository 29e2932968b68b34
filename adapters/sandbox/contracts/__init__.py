"""Any contract in WSDL, read a second time: its XSD for checking, and XML instances that the XSD allows.

The adapters' kit reads contracts with its own code; this reads them straight from the document tree and shares nothing
with it, so that what the kit decodes and encodes is tested against somebody else's understanding of the same file.
"""
