/**
 * P10, P11: what an auditor's machine does, in one thread of Node. P10 reads a whole export: every byte, hash and link,
 * the tree, every checkpoint's signatures; receipts are vouched for by the trees. P11 checks single receipts offline.
 */

import { LedgerVerifier } from '../../../src/core/ledger/verifier.ts';
import { verifyProofFile, verifyReceipt } from '../../../src/core/ledger/verify.ts';
import { verifyEd25519 } from '../../../src/keys/ring.ts';
import type { Bench, BenchRun, Figure } from '../figure.ts';
import { interleave, microsPerCall, spreadOf } from '../stats.ts';
import { LedgerOf } from './ledger-of.ts';

/** A busy log publishes once a second. */
const PERIOD = 5_000;

const audit = async ({ rounds, size }: BenchRun): Promise<readonly Figure[]> => {
  const entries = size(1_000_000, 50_000);
  const ledger = new LedgerOf(entries, 'last');
  const encoder = new TextEncoder();
  // As chunks of a file, so that decoding its bytes is part of the work.
  const chunks: Uint8Array[] = [];
  let pending = '';
  for (const text of ledger.exportLines(PERIOD)) {
    pending += `${text}\n`;
    if (pending.length < 1_000_000) continue;
    chunks.push(encoder.encode(pending));
    pending = '';
  }
  chunks.push(encoder.encode(pending));
  ledger.texts.length = 0;
  const { keys } = ledger;
  const cold = (): number => {
    const verifier = new LedgerVerifier({ verifyEd25519, keys, signatures: 'checkpoints' });
    const began = performance.now();
    for (const chunk of chunks) verifier.feed(chunk);
    const verdict = verifier.finish();
    const spent = performance.now() - began;
    if (!verdict.ok) throw new Error(`the audit failed: ${JSON.stringify(verdict)}`);
    return (entries * 1000) / spent;
  };
  const { rate } = await interleave(Math.min(rounds, 5), { rate: cold });
  return [
    {
      id: 'P10',
      measure: `cold audit of ${entries.toLocaleString('en')} entries`,
      unit: '/s',
      ...spreadOf(rate),
      target: { is: 'at least', value: 200_000 },
      note: `bodies, chain, tree and ${Math.ceil(entries / PERIOD)} checkpoints; signatures of the receipts themselves are P11`,
    },
  ];
};

const receipts = async ({ rounds, sampleMs, size }: BenchRun): Promise<readonly Figure[]> => {
  const ledger = new LedgerOf(size(100_000, 2_000), 'all');
  const note = ledger.checkpoint(ledger.size);
  const { keys } = ledger;
  const samples = Array.from({ length: 256 }, (_, n) => {
    const seq = 1 + Math.floor((n * ledger.size) / 256);
    return { text: ledger.texts[seq - 1] ?? '', proof: ledger.tlogProof(seq, note) };
  });
  const perSecond = (check: (text: string, proof: string) => { readonly ok: boolean }) => () => {
    let next = 0;
    const one = (): void => {
      const { text, proof } = samples[next++ % samples.length] ?? { text: '', proof: '' };
      if (!check(text, proof).ok) throw new Error('a good receipt was refused');
    };
    return 1_000_000 / microsPerCall(one, sampleMs / 2);
  };
  const samplers = {
    receipt: perSecond((text) => verifyReceipt(JSON.parse(text), keys, verifyEd25519)),
    proved: perSecond((text, proof) => verifyProofFile(JSON.parse(text), proof, keys, verifyEd25519)),
  };
  await interleave(1, samplers);
  const { receipt, proved } = await interleave(rounds, samplers);
  return [
    {
      id: 'P11',
      measure: 'offline receipt verification',
      unit: '/s',
      ...spreadOf(receipt),
      target: { is: 'at least', value: 8_000 },
      note: 'parse, canonical form, hash, Ed25519',
    },
    {
      id: 'P11',
      measure: 'the same with its inclusion proof, witnessed',
      unit: '/s',
      ...spreadOf(proved),
      target: { is: 'at least', value: 8_000 },
      note: 'the path, and three Ed25519 signatures: receipt, log, witness',
      because: 'a checkpoint that many receipts share is opened again for each of them',
    },
  ];
};

export const auditBench: Bench = { ids: ['P10'], run: audit };
export const receiptsBench: Bench = { ids: ['P11'], run: receipts };
