/** NIST AI Risk Management Framework 1.0 (NIST AI 100-1). Supports evidence; it is voluntary, and nothing certifies it. */
import type { ProfileContent } from '../document.ts';
import { mappingRows } from './rows.ts';

export const NIST_AI_RMF: ProfileContent = {
  profile_id: 'org.guildhall.nist-ai-rmf',
  version: '1.0.0',
  title: 'NIST AI Risk Management Framework 1.0',
  description:
    'Supports evidence for outcomes of the four functions that a Hall touches. Most of the framework is about how an organisation works.',
  framework: {
    name: 'NIST AI 100-1, AI Risk Management Framework',
    version: '1.0',
    source_url: 'https://doi.org/10.6028/NIST.AI.100-1',
    as_of: '2026-11-21',
  },
  hall_floors: {
    enforce_correlation_id: true,
    enforce_required_controls: true,
    enforce_blast_scoring_in_prod: true,
  },
  human_oversight: { worker_risk: { critical: 'hold', unknown: 'hold' } },
  ban_lists: ['network', 'own'],
  receipts: { retention_days: 365 },
  mappings: mappingRows(`
    GOVERN 1.4 | risk management by transparent policies | V | policies rules | hall.policy.published hall.rules.published | policies outside the Hall
    GOVERN 1.6 | inventory of AI systems | V | worker_registry | wcp.worker.enrolled | systems that are not enrolled
    GOVERN 1.7 | safe decommissioning | E V | worker_registry bans | wcp.worker.retired hall.ban.issued | removal of the code itself
    GOVERN 3.2 | roles in human-AI configurations | V C | human_oversight approvals | wcp.approval.* | roles outside the Hall
    GOVERN 6.1 | third-party risks | V | worker_registry bans | wcp.worker.enrolled | contracts with third parties
    MAP 1.6 | requirements are elicited | C | | /openapi.json | the requirements of the organisation
    MAP 3.5 | human oversight is defined | E V | human_oversight | wcp.decision | that the human understands what is decided
    MAP 4.2 | internal risk controls | E | enforce_required_controls | wcp.decision | that a worker does what it declares
    MEASURE 2.4 | functionality is monitored in production | V | outcomes alerts | wcp.dispatch.outcome_missing | the quality of results
    MEASURE 2.6 | safety risks | E V | enforce_blast_scoring_in_prod blast_scoring | wcp.decision | that a score foresees every harm
    MEASURE 2.7 | security and resilience | V | ledger witness bans | /v1/ledger/checkpoint | the security of the platform
    MEASURE 2.8 | transparency and accountability | E | receipts enforce_correlation_id replay | wcp.decision | why the model said what it said
    MANAGE 1.3 | responses to high-priority risks | E | human_oversight bans | wcp.decision hall.ban.issued | responses of people
    MANAGE 2.4 | mechanisms to disengage or deactivate | E | kill_switch bans | hall.offline | that a stop of the Hall stops what already runs
    MANAGE 4.1 | post-deployment monitoring | V | alerts decisions | /alerts | that somebody watches
    MANAGE 4.3 | incidents are communicated | V C | alerts export | /alerts | that somebody was told
  `),
};
