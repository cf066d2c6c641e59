/** Requests without pause until told to stop, and what was acknowledged: receipts, by their place in the ledger. */
import { Agent, request as httpRequest } from 'node:http';

export interface Acknowledged {
  readonly seq: number;
  readonly receiptHash: string;
  readonly receiptId: string;
  readonly correlationId: string;
}

/** A request with an Idempotency-Key: answered or not, sending it again must come to one entry. */
export interface Keyed {
  readonly idempotencyKey: string;
  readonly correlationId: string;
  readonly body: string;
  /** Null: the server died first. */
  readonly answer: string | null;
}

export interface Outcome {
  readonly acknowledged: readonly Acknowledged[];
  readonly keyed: readonly Keyed[];
  /** Answers that were neither a decision nor cut off. */
  readonly odd: readonly string[];
}

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export const post = (
  url: string,
  agent: Agent,
  key: string,
  path: string,
  body: string,
  idempotencyKey?: string,
): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const headers = {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
    };
    const sent = httpRequest({ agent, hostname, port, path, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('aborted', () => reject(new Error('cut off')));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

const question = (correlationId: string) => ({
  capability_id: 'cap.doc.summarize',
  env: 'prod',
  data_label: 'PUBLIC',
  tenant_risk: 'low',
  qos_class: 'P2',
  tenant_id: 'acme-corp',
  correlation_id: correlationId,
});

interface Decision {
  readonly correlation_id: string;
  readonly evidence_receipt: {
    readonly entry: { readonly seq: number; readonly receipt_id: string; readonly receipt_hash: string };
  };
}

export const acknowledgedIn = (text: string): readonly Acknowledged[] => {
  const answer = JSON.parse(text) as Decision | { readonly decisions: readonly Decision[] };
  return ('decisions' in answer ? answer.decisions : [answer]).map(
    ({ correlation_id, evidence_receipt: { entry } }) => ({
      seq: entry.seq,
      receiptHash: entry.receipt_hash,
      receiptId: entry.receipt_id,
      correlationId: correlation_id,
    }),
  );
};

const LANES = 32;

/** Of each lane's requests, some carry an Idempotency-Key and some ask five questions at once. */
export const load = async (url: string, key: string, name: string, ended: () => boolean): Promise<Outcome> => {
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });
  const acknowledged: Acknowledged[] = [];
  const keyed: Keyed[] = [];
  const odd: string[] = [];
  const lane = async (_: unknown, number: number): Promise<void> => {
    for (let turn = 0; !ended(); turn++) {
      const id = `${name}-${number}-${turn}`;
      const isBatch = turn % 7 === 3;
      const isKeyed = turn % 3 === 0 && !isBatch;
      const body = JSON.stringify(
        isBatch ? { requests: [0, 1, 2, 3, 4].map((each) => question(`${id}-${each}`)) } : question(id),
      );
      const path = isBatch ? '/wcp/route/batch' : '/wcp/route';
      const reply = await post(url, agent, key, path, body, isKeyed ? id : undefined).catch(() => null);
      if (reply?.status === 200) acknowledged.push(...acknowledgedIn(reply.text));
      else if (reply !== null) odd.push(`${reply.status} ${reply.text.slice(0, 200)}`);
      if (isKeyed && (reply === null || reply.status === 200)) {
        keyed.push({ idempotencyKey: id, correlationId: id, body, answer: reply?.text ?? null });
      }
      if (reply === null) return;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  agent.destroy();
  return { acknowledged, keyed, odd };
};
