"""Settings of traces, metrics and logs for whoever collects them."""

from shared.setting_types import Section


class TelemetrySettings(Section):
    """Telemetry"""

    applicationinsights_connection_string: str | None = None
    """traces, metrics and logs go to this Application Insights; nothing is collected while neither this nor the next
    but one is set"""
    applicationinsights_authentication_string: str | None = None
    """`Authorization=AAD`, with `;ClientId=...` for an identity of one's own: Entra instead of the key"""
    otel_exporter_otlp_endpoint: str | None = None
    """traces, metrics and logs go to this OpenTelemetry collector, over HTTP; both may be set. The SDK's own settings,
    such as `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER` and `OTEL_BSP_SCHEDULE_DELAY`, are heeded too"""
    telemetry_content: bool = False
    """whether spans of agents and tools carry what was said, masked: for trying things out"""

    @property
    def is_exporting(self) -> bool:
        return bool(self.applicationinsights_connection_string or self.otel_exporter_otlp_endpoint)
