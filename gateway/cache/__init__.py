"""Register records held across requests, behind every decision: in memory, and between gateways where that is set."""
