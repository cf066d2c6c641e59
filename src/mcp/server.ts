/**
 * The MCP endpoint as one function of a request: no session, no state, an instance for each request, so that any Worker
 * answers any of them. Serves the stateless protocol of 2026-07-28 and the older ones that begin with `initialize`.
 */
import {
  type CallToolResult,
  createMcpHandler,
  isLegacyRequest,
  Server,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { type Refusal, type RefusalCode, refusal } from '../core/refusal.ts';
import { VERSION } from '../services/discovery.ts';
import { TOOLS, type Tool, type ToolCall } from './tools.ts';

/** A refusal as the HTTP routes tell it. */
export type Explain = (code: RefusalCode) => { readonly title: string; readonly code: string };

export interface McpCall extends ToolCall {
  readonly request: Request;
  readonly message: JsonObject;
  /** In tool names, for clients that take no dots. */
  readonly underscores: boolean;
  readonly explain: Explain;
}

const INSTRUCTIONS =
  'Guildhall decides whether a worker may do a job before it runs. Search for a capability, request it, report the outcome. Never name a worker.';

const underscored = (name: string): string => name.replaceAll('.', '_');
const BY_NAME = new Map(TOOLS.flatMap((tool) => [tool.name, underscored(tool.name)].map((name) => [name, tool])));

/** The schema as agents read it, which pay for each word: without what only documents need. */
const inputSchema = ({ schema }: Tool): { type: 'object' } & JsonObject => {
  const { $schema: _, additionalProperties: __, ...rest } = z.toJSONSchema(schema, { io: 'input' }) as JsonObject;
  return { type: 'object', ...(slim(rest) as JsonObject) };
};

const slim = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map((item) => slim(item as JsonValue));
  if (typeof value !== 'object' || value === null) return value;
  const { minLength: _, maxLength: __, pattern: ___, ...rest } = value as JsonObject;
  const kept = Object.entries(rest).filter(
    ([name, member]) => !(name === 'description' && member === '') && name !== 'propertyNames',
  );
  return Object.fromEntries(kept.map(([name, member]) => [name, slim(member as JsonValue)]));
};

const listed = TOOLS.map((tool) => ({
  name: tool.name,
  description: tool.description,
  inputSchema: inputSchema(tool),
}));
const LISTS = { dots: listed, underscores: listed.map((tool) => ({ ...tool, name: underscored(tool.name) })) };

const result = (value: JsonObject, isError = false): CallToolResult => ({
  content: [{ type: 'text', text: JSON.stringify(value) }],
  ...(isError ? { isError: true } : {}),
});

const refused = ({ code, detail, errors, retryAfterMs }: Refusal, explain: Explain): CallToolResult => {
  const told = explain(code);
  return result(
    {
      code: told.code,
      title: told.title,
      ...(detail === undefined ? {} : { detail }),
      ...(errors === undefined ? {} : { errors: errors.map((error) => ({ ...error })) }),
      ...(retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs }),
    },
    true,
  );
};

const callTool = async (call: McpCall, name: string, sent: JsonObject): Promise<CallToolResult> => {
  const tool = BY_NAME.get(name);
  if (tool === undefined) return refused(refusal('not_found', 'there is no such tool'), call.explain);
  const ran = await tool.run(call, sent);
  return ran.ok ? result(ran.value.value, ran.value.isError) : refused(ran.error, call.explain);
};

const serverFor = (call: McpCall): Server => {
  const server = new Server(
    { name: 'guildhall', version: VERSION },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler('tools/list', () => ({ tools: call.underscores ? LISTS.underscores : LISTS.dots }));
  server.setRequestHandler('tools/call', ({ params }) =>
    callTool(call, params.name, (params.arguments ?? {}) as JsonObject),
  );
  return server;
};

/** A client says what it can read; all of them can read JSON, and nothing here ever comes in pieces. */
const readable = ({ url, headers: sent, signal }: Request): Request => {
  const headers = new Headers(sent);
  headers.set('accept', 'application/json, text/event-stream');
  headers.set('content-type', 'application/json');
  return new Request(url, { method: 'POST', headers, signal });
};

export const serveMcp = async (call: McpCall): Promise<Response> => {
  const request = readable(call.request);
  const { message: parsedBody } = call;
  if (!(await isLegacyRequest(request, parsedBody))) {
    // Nothing of the list ever changes, so nobody has to be told, and no stream is kept open.
    const options = { legacy: 'reject', maxSubscriptions: 0 } as const;
    return createMcpHandler(() => serverFor(call), options).fetch(request, { parsedBody });
  }
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await serverFor(call).connect(transport);
  return transport.handleRequest(request, { parsedBody });
};
