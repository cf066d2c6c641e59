/** What a worker declares about its reach, in normal form: the part of a record that blast and envelope checks read. */
import { z } from 'zod';

const list = z.array(z.string());
/** One dimension of a blast radius (WCP 3.2). */
export const Dimension = z.int().min(0).max(5);

export const BlastTerms = z.strictObject({
  data: Dimension,
  network: Dimension,
  financial: Dimension,
  time: Dimension,
  reversibility: Dimension,
});
export type BlastTerms = Readonly<z.output<typeof BlastTerms>>;

/** What a worker declares that it reaches. `egress`: every destination it names, each once, in the order of the record. */
export const EnvelopeTerms = z.strictObject({
  egress: list,
  egress_unrestricted: z.boolean(),
  secrets: list,
  filesystem_writes: list,
  tools: list,
});
export type EnvelopeTerms = Readonly<z.output<typeof EnvelopeTerms>>;
