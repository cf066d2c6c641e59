/** The profiles that published texts name (WCP 7.3), beside the 33 of the taxonomy. */
import type { ProfileContent } from '../document.ts';
import { mappingRows } from './rows.ts';

const DECLARED = 'that a worker does what it declares: controls are declared by its owner and checked as declarations';

export const NAMED: readonly ProfileContent[] = [
  {
    profile_id: 'prof.dev.permissive',
    version: '1.0.0',
    title: 'Development, permissive',
    description: 'The default floors and nothing more.',
  },
  {
    profile_id: 'prof.prod.strict',
    version: '1.0.0',
    title: 'Production, strict',
    description:
      'Every floor, a signatory who vouches for each request, and workers whose code is attested. Workers of low and medium risk proceed with their controls verified; those of high or unknown risk wait for a human; those of critical risk are denied, unless the activation overrides it for that worker.',
    hall_floors: {
      enforce_correlation_id: true,
      enforce_required_controls: true,
      enforce_blast_scoring_in_prod: true,
      enforce_privilege_envelopes: true,
      require_signatory: true,
      require_worker_attestation: true,
    },
    human_oversight: {
      worker_risk: { low: 'proceed', medium: 'proceed', high: 'hold', critical: 'deny', unknown: 'hold' },
    },
    mappings: mappingRows(`
      wcp.full.correlation | every request belongs to a trace | E | enforce_correlation_id | wcp.decision | that a caller uses one id for what belongs together
      wcp.full.controls | required controls are verified before dispatch | E | enforce_required_controls | wcp.decision | ${DECLARED}
      wcp.full.blast-radius | the blast radius is scored in production | E | enforce_blast_scoring_in_prod blast_scoring | wcp.decision | that a score foresees every harm
      wcp.full.privilege-envelopes | workers are held to the reach that they declare | E | enforce_privilege_envelopes | wcp.decision | that the platform stops a worker from reaching further
      wcp.full.require-signatory | a known signatory vouches for each request | E | require_signatory | wcp.decision | who sat at the signatory's keyboard
      wcp.full.require-worker-attestation | only attested code is dispatched | E | require_worker_attestation | wcp.decision wcp.attestation.mismatch | that the worker reports the hash of what it really runs
      wcp.risk.oversight | risk decides whether a human is asked | E | human_oversight | wcp.decision | that the owner of a worker states its risk rightly
    `),
  },
  {
    profile_id: 'prof.edge.isolated',
    version: '1.0.0',
    title: 'Edge, isolated',
    description: 'No worker may have egress, and every worker has to say what it reaches.',
    hall_floors: { enforce_privilege_envelopes: true, no_egress: true },
    controls_required: ['ctrl.sandbox.no-egress-default-deny'],
    mappings: mappingRows(`
      edge.no-egress | no worker reaches out | E | no_egress | wcp.decision | that the device has no other way out
      edge.egress-control | the platform denies egress by default | E | controls_required | wcp.decision | ${DECLARED}
      edge.declared-reach | every worker says what it reaches | E | enforce_privilege_envelopes | wcp.decision | that the platform stops a worker from reaching further
    `),
  },
  {
    profile_id: 'prof.mem.rag-strict',
    version: '1.0.0',
    title: 'Retrieval, strict',
    description: 'For retrieval and memory: structured logs and a token budget. Also called rag_strict.',
    controls_required: ['ctrl.cost.monthly-token-budget', 'ctrl.obs.structured-logging'],
    mappings: mappingRows(`
      wcp.taxonomy.mem.rag-strict | the controls of strict retrieval | E | controls_required | wcp.decision | ${DECLARED}
    `),
  },
];
