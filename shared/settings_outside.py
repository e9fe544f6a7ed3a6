"""Settings of what agents may look up outside the desk."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from shared.setting_types import Count, FromJson, FromList, Positive, Section
from shared.sources import SourceList
from shared.tool_servers import ToolServer

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def _safe_url(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.username is not None:
        raise ValueError("must be a URL with a host and without a user")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("must be https; http is for loopback only")
    return value


def _safe_lists(lists: Mapping[str, SourceList]) -> Mapping[str, SourceList]:
    for known in lists.values():
        for url in (*known.feeds, *known.pages):
            _safe_url(url)
    return lists


type SafeUrl = Annotated[str, AfterValidator(_safe_url)]
type ToolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
type ToolNames = Annotated[tuple[ToolName, ...], FromList, Field(min_length=1)]


class SourceSettings(Section):
    """Sources outside, for research"""

    sources: Annotated[Mapping[str, SourceList], FromJson, AfterValidator(_safe_lists)] = {}
    """feeds and pages by researcher (`web`, `academic`, `news`, `social`) or topic, see below; without any the
    researchers have the knowledge base, the tickets and the services"""
    source_hosts: Annotated[tuple[str, ...], FromList] = ()
    """further hosts that a source may redirect to"""
    source_timeout_s: Positive = 8
    """how long one source may take, redirects included"""
    source_bytes: Count = 2_000_000
    """how much of one source is read before it is given up"""
    source_loopback: bool = False
    """whether sources may stand on this machine, over plain http: for trying things out"""


class ToolServerSettings(Section):
    """Documentation and GitHub agents over MCP"""

    documentation_mcp_url: SafeUrl | None = None
    """the documentation agent's server: Microsoft Learn's public one is `https://learn.microsoft.com/api/mcp`"""
    documentation_mcp_tools: ToolNames = ("microsoft_docs_search", "microsoft_docs_fetch")
    """the only tools of it that may be called"""
    github_mcp_url: SafeUrl | None = None
    """the GitHub agent's server: GitHub's own is `https://api.githubcopilot.com/mcp/readonly`"""
    github_mcp_token: str | None = None
    """needed with it: a fine-grained token that may only read"""
    github_mcp_tools: ToolNames = ("search_issues", "issue_read", "search_repositories")
    """the only tools of it that may be called"""
    mcp_timeout_s: Positive = 10
    """how long a server may take to connect, and again for each call"""
    mcp_output_chars: Count = 8_000
    """how much of one tool's answer an agent is shown"""

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return {"GITHUB_MCP_URL is set": ("github_mcp_token",)} if self.github_mcp_url else {}

    @property
    def tool_servers(self) -> dict[str, ToolServer]:
        """The servers that are set, by the role of the agent that uses them."""
        servers: dict[str, ToolServer] = {}
        if self.documentation_mcp_url:
            servers["documentation"] = ToolServer(
                name="documentation", url=self.documentation_mcp_url, tools=self.documentation_mcp_tools
            )
        if self.github_mcp_url:
            servers["github"] = ToolServer(
                name="github", url=self.github_mcp_url, tools=self.github_mcp_tools, token=self.github_mcp_token
            )
        return servers
