"""What components return becomes HTML. Import from ``markup`` directly."""
