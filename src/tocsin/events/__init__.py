"""Events: what SDKs send, understood, cleaned of secrets and grouped. Pure but for the table they are stored in."""
