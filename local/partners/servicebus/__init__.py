"""An AMQP 1.0 endpoint that the azure-servicebus client takes for a Service Bus namespace."""
