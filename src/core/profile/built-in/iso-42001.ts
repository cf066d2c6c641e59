/** ISO/IEC 42001:2023, management system for AI: controls of its Annex A. Supports evidence; certifies nothing. */
import type { ProfileContent } from '../document.ts';
import { mappingRows } from './rows.ts';

export const ISO_42001: ProfileContent = {
  profile_id: 'org.guildhall.iso-42001',
  version: '1.0.0',
  title: 'ISO/IEC 42001:2023',
  description:
    'Supports evidence for controls of Annex A that concern the life cycle, the operation and the logging of AI systems. A management system is people and processes: those are the organisation’s.',
  framework: {
    name: 'ISO/IEC 42001',
    version: '2023',
    source_url: 'https://www.iso.org/standard/42001',
    as_of: '2026-11-21',
  },
  hall_floors: {
    enforce_correlation_id: true,
    enforce_required_controls: true,
    enforce_blast_scoring_in_prod: true,
    require_worker_attestation: true,
  },
  human_oversight: { worker_risk: { critical: 'hold', unknown: 'hold' } },
  ban_lists: ['network', 'own'],
  receipts: { retention_days: 365 },
  mappings: mappingRows(`
    A.2.2 | AI policy | V C | policies | hall.policy.published | the policy of the organisation
    A.3.2 | roles and responsibilities | V C | api_keys accounts | hall.key.created | roles outside the Hall
    A.3.3 | reporting of concerns | V C | bans alerts | hall.ban.issued | concerns that nobody reports here
    A.4.2 | documentation of resources | V | worker_registry catalog | wcp.worker.enrolled | resources that are no workers
    A.5.2 | impact assessment process | V C | enforce_blast_scoring_in_prod blast_scoring | wcp.decision | the impact on people and society
    A.6.2.4 | verification and validation | V | enforce_required_controls replay | wcp.decision | tests of the model
    A.6.2.5 | deployment | E V | require_worker_attestation | wcp.worker.enrolled wcp.decision | that the worker reports the hash of what it really runs
    A.6.2.6 | operation and monitoring | V | alerts outcomes human_oversight | /alerts wcp.dispatch.outcome_missing | that somebody watches
    A.6.2.8 | recording of event logs | E | ledger receipts enforce_correlation_id | wcp.decision | events inside the model
    A.8.3 | external reporting | V C | export | /v1/ledger/export | that reports are read
    A.8.4 | communication of incidents | V C | alerts | /alerts | that somebody was told
    A.9.2 | processes for responsible use | E V | rules human_oversight | wcp.decision | the processes of the organisation
    A.9.4 | intended use | E | rules catalog | wcp.decision | use that never asks the Hall
    A.10.3 | suppliers | V C | worker_registry bans | wcp.worker.enrolled | contracts with suppliers
  `),
};
