/** SOC 2, Trust Services Criteria 2017 with the points of focus of 2022 (WCP 7.5). Supports evidence; certifies nothing. */
import type { ProfileContent } from '../document.ts';
import { mappingRows } from './rows.ts';

export const SOC2: ProfileContent = {
  profile_id: 'org.guildhall.soc2',
  version: '1.0.0',
  title: 'SOC 2 (Trust Services Criteria)',
  description:
    'Supports evidence for the criteria that concern the governance of AI workers. An examination by an auditor covers the organisation, its people and its platform as well.',
  framework: {
    name: 'AICPA Trust Services Criteria',
    version: '2017, points of focus 2022',
    source_url:
      'https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022',
    as_of: '2026-11-21',
  },
  hall_floors: {
    enforce_correlation_id: true,
    enforce_required_controls: true,
    enforce_blast_scoring_in_prod: true,
    enforce_privilege_envelopes: true,
    require_signatory: true,
    require_worker_attestation: true,
  },
  human_oversight: { worker_risk: { critical: 'hold' }, four_eyes: true },
  ban_lists: ['network', 'own'],
  receipts: { retention_days: 365 },
  mappings: mappingRows(`
    CC2.1 | relevant, quality information | V | enforce_correlation_id receipts | wcp.decision | information outside the Hall
    CC3.2 | risks are identified and analysed | V | enforce_blast_scoring_in_prod blast_scoring | wcp.decision | risks of the organisation
    CC3.4 | changes are assessed | V | rules | hall.rules.published | changes outside the Hall
    CC4.1 | ongoing evaluation | V | replay ledger | /v1/ledger/export | evaluations by people
    CC5.2 | general controls over technology | E | enforce_required_controls fail_closed policies | wcp.decision | that a worker does what it declares
    CC6.1 | logical access security | E | api_keys tenant_isolation | hall.key.created | access outside the Hall
    CC6.2 | users are registered and authorised | E | require_signatory accounts | wcp.decision | registration in the organisation's directory
    CC6.3 | access by role and least privilege | E | enforce_privilege_envelopes api_keys | wcp.decision | privileges that a platform grants on its own
    CC6.6 | protection against threats from outside | E | enforce_privilege_envelopes privilege_envelopes | wcp.decision | that the network enforces the same list
    CC6.7 | movement of information is restricted | E | enforce_privilege_envelopes payload_hashes | wcp.decision | transport beside the Hall
    CC6.8 | unauthorised software is prevented | E | require_worker_attestation bans | wcp.attestation.mismatch hall.ban.issued | software that is no worker
    CC7.1 | changes of configuration are detected | V | ledger | hall.settings.changed | configuration outside the Hall
    CC7.2 | anomalies are monitored | V | alerts | /alerts | anomalies outside the Hall
    CC7.3 | events are evaluated | V | human_oversight approvals alerts | wcp.approval.* | the judgement of people
    CC7.4 | incidents are responded to | E V | bans kill_switch | hall.ban.issued hall.offline | the response of people
    CC7.5 | recovery from incidents | V | bans | hall.ban.lifted | recovery of other systems
    CC8.1 | changes are authorised and tested | E V | rules policies | hall.rules.published hall.policy.published | changes of the code of workers, beside their hash
    CC9.2 | vendor risk | V | worker_registry bans | wcp.worker.enrolled | contracts with vendors
    PI1.2 | inputs are complete and accurate | E | input_validation | wcp.decision | the input of the worker itself
    PI1.3 | processing is complete and accurate | E V | replay | wcp.decision | the processing of the worker itself
    PI1.4 | outputs are complete and accurate | V | receipts outcomes | wcp.dispatch.completed | the output of the worker itself
    PI1.5 | stored items are complete and accurate | E | ledger witness | /v1/ledger/checkpoint | storage outside the ledger
    C1.1 | confidential information is identified and kept | E | payload_hashes | wcp.decision | labels that a caller sets wrongly
    C1.2 | confidential information is disposed of | E C | payload_hashes | wcp.decision | disposal at the worker
    A1.1 | capacity | C | | /wcp/health | the capacity of the platform
    A1.2 | environmental protections and recovery | C | | /v1/ledger/export | backups and recovery of the platform
  `),
};
