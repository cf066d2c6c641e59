/** What an answer has to be, whatever was asked: no 5xx, each error a problem with a stable code, and as described. */
import { REFUSAL_CODES } from '../../../src/core/refusal.ts';
import { problemOf } from '../../../src/routes/problem.ts';
import type { FuzzRequest } from './requests.ts';
import { isMembers, type Json, type Members } from './values.ts';

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly ms: number;
}

const STATUS_OF = new Map(REFUSAL_CODES.map((refused) => [problemOf(refused).code, problemOf(refused).status]));
/** An export is as long as the ledger, and a campaign asks for many at once. */
const tooLongMs = (path: string): number => (path === '/v1/ledger/export' ? 60_000 : 10_000);

const parsed = (text: string): Members => {
  try {
    const value: Json = JSON.parse(text);
    return isMembers(value) ? value : {};
  } catch {
    return {};
  }
};

/** The codes that an operation says it may answer with this status; null: it does not know the status. */
const codesOf = (responses: Members, status: number): readonly Json[] | null => {
  const response = responses[String(status)];
  if (response === undefined) return null;
  const found = /"enum":(\[[^\]]*\])/.exec(JSON.stringify(response))?.[1];
  return found === undefined ? [] : (JSON.parse(found) as Json[]);
};

/** Null: as it has to be. `onRoute`: the request went to its operation and to nothing else. */
export const fault = (request: FuzzRequest, answer: Answer, onRoute: boolean): string | null => {
  const { status, type, body, ms } = answer;
  if (status >= 500) return `${status}`;
  if (ms > tooLongMs(request.operation.path)) return `answered after ${Math.round(ms)} ms`;
  const responses = isMembers(request.operation.described.responses) ? request.operation.described.responses : {};
  if (status < 400) {
    if (!onRoute || request.method === 'OPTIONS') return null;
    return String(status) in responses ? null : `${status} is not described`;
  }
  if (request.method === 'HEAD') return null;
  // What is no JSON-RPC message is refused in that protocol's words.
  if (request.operation.path === '/mcp' && body.startsWith('{"jsonrpc":"2.0","error":{"code":-326')) return null;
  if (!type.startsWith('application/problem+json')) return `${status} as ${type || 'nothing'}`;
  const { code, status: said, error, title } = parsed(body);
  if (typeof code !== 'string' || typeof error !== 'string' || said !== status || typeof title !== 'string')
    return `${status} is no problem`;
  if (!STATUS_OF.has(code)) return `unknown code ${code}`;
  if (!onRoute) return null;
  const codes = codesOf(responses, status);
  if (codes === null) return `${status} ${code} is not described`;
  return codes.includes(code) ? null : `${status} does not describe ${code}`;
};
