/**
 * What a job says of the MCP call it stands for, and the allow and deny lists over it (CAP 5.5). Lists are exact and
 * know no case; server before tool before resource before action.
 */
import { z } from 'zod';

export const MCP_FIELDS = ['server', 'tool', 'resource', 'action'] as const;
export type McpField = (typeof MCP_FIELDS)[number];
/** A blank member was not given. */
export type McpCall = Readonly<Record<McpField, string>>;

const names = z.array(z.string().min(1).max(256)).max(1_000).optional();
export const McpLists = z.strictObject({
  allow_servers: names,
  deny_servers: names,
  allow_tools: names,
  deny_tools: names,
  allow_resources: names,
  deny_resources: names,
  allow_actions: names,
  deny_actions: names,
});
export type McpLists = z.output<typeof McpLists>;

const LISTS = {
  server: ['allow_servers', 'deny_servers'],
  tool: ['allow_tools', 'deny_tools'],
  resource: ['allow_resources', 'deny_resources'],
  action: ['allow_actions', 'deny_actions'],
} as const;

type Labels = ReadonlyMap<string, string>;

export const firstLabel = (labels: Labels, ...spellings: readonly string[]): string => {
  for (const spelling of spellings) {
    const value = labels.get(spelling)?.trim();
    if (value) return value;
  }
  return '';
};

const fieldOf = (labels: Labels, field: McpField): string =>
  firstLabel(labels, `mcp.${field}`, `mcp_${field}`, `mcp${field.charAt(0).toUpperCase()}${field.slice(1)}`);

/** Null: the job has nothing to do with MCP, and no list applies to it. */
export const mcpCallOf = (labels: Labels): McpCall | null => {
  const call = {
    server: fieldOf(labels, 'server'),
    tool: fieldOf(labels, 'tool'),
    resource: fieldOf(labels, 'resource'),
    action: fieldOf(labels, 'action').toLowerCase(),
  };
  return MCP_FIELDS.some((field) => call[field] !== '') ? call : null;
};

export interface CompiledMcpLists {
  readonly allow: Readonly<Record<McpField, ReadonlySet<string> | null>>;
  readonly deny: Readonly<Record<McpField, ReadonlySet<string> | null>>;
}

/** An empty list is no list. */
const lowered = (list: readonly string[] | undefined): ReadonlySet<string> | null =>
  list === undefined || list.length === 0 ? null : new Set(list.map((name) => name.trim().toLowerCase()));

export const compileMcpLists = (lists: McpLists): CompiledMcpLists => {
  const side = (index: 0 | 1): CompiledMcpLists['allow'] => ({
    server: lowered(lists[LISTS.server[index]]),
    tool: lowered(lists[LISTS.tool[index]]),
    resource: lowered(lists[LISTS.resource[index]]),
    action: lowered(lists[LISTS.action[index]]),
  });
  return { allow: side(0), deny: side(1) };
};

/** Why the lists object to this call, or null. A value that is missing misses an allow list. */
export const mcpObjection = (lists: CompiledMcpLists, call: McpCall): string | null => {
  for (const field of MCP_FIELDS) {
    const value = call[field];
    const name = value.toLowerCase();
    if (value !== '' && lists.deny[field]?.has(name)) return `mcp ${field} "${value}" denied`;
    if (lists.allow[field]?.has(name) === false) return `mcp ${field} "${value}" not allowed`;
  }
  return null;
};
