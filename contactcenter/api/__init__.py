"""The REST API. Serializers sit beside their models; every list goes through its `visible_…` selector."""
