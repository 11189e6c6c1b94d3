"""A development host for Azure Functions Python v2 apps: HTTP, timers, Durable, Service Bus."""
