/** Demands in the words of somebody who has never read the specification. */
import type { Demand } from '../../../../src/core/profile/document.ts';

export const DEMAND_WORDS: Readonly<Record<Demand, string>> = {
  enforce_correlation_id: 'Every request belongs to a trace',
  enforce_required_controls: 'Required controls are verified before dispatch',
  enforce_blast_scoring_in_prod: 'The blast radius is scored in production',
  require_signatory: 'A known signatory vouches for each request',
  require_credential: 'Each request brings a signed credential',
  require_worker_attestation: 'Only attested code is dispatched',
  enforce_privilege_envelopes: 'Workers are held to the reach they declare',
  strict: 'Unknown fields and ids are refused',
  policy_gate: 'Every rule asks the policy',
  no_egress: 'No worker reaches the network',
  controls_required: 'Controls that every worker must have',
  blast: 'Limits on the blast radius',
  data_labels: 'Only some data labels are processed',
  human_oversight: 'A person is asked, by risk or condition',
  signed_manifest: 'Attestations are signed manifests',
};

const isDemand = (name: string): name is Demand => name in DEMAND_WORDS;

/** A mechanism that every Hall has needs no more than its name. */
export const demandWords = (name: string): string => (isDemand(name) ? DEMAND_WORDS[name] : name.replaceAll('_', ' '));

export const isAlwaysOn = (name: string): boolean => !isDemand(name);
