"""Administrative divisions of Fujian and the ten regions that issue codes."""
