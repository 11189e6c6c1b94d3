"""Service Bus: a broker in this process, and triggers and outputs on it or on a real namespace."""
