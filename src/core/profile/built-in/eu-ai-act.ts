/**
 * EU AI Act, high-risk systems: Regulation (EU) 2024/1689 as amended by (EU) 2026/1744 (WCP 7.5). Articles 6 to 27 apply
 * from 2 December 2027 (Annex III) and 2 August 2028 (Annex I); Article 50 since 2 August 2026; Article 5 since 2 February
 * 2025. Supports evidence; certifies nothing.
 */
import type { ProfileContent } from '../document.ts';
import { mappingRows } from './rows.ts';

export const EU_AI_ACT: ProfileContent = {
  profile_id: 'org.guildhall.eu-ai-act-high-risk',
  version: '1.0.0',
  title: 'EU AI Act, high-risk systems',
  description:
    'Supports evidence for the duties of providers and deployers of high-risk systems. Articles 6 to 27 apply from 2 December 2027 for Annex III and from 2 August 2028 for Annex I, as amended by Regulation (EU) 2026/1744; Article 50 applies since 2 August 2026, Article 5 since 2 February 2025. Breaches of the duties named here: up to EUR 15 million or 3 % of worldwide turnover (Article 99). Article 12 asks for no hash chain; this ledger goes beyond it.',
  framework: {
    name: 'Regulation (EU) 2024/1689 (AI Act)',
    version: 'as amended by Regulation (EU) 2026/1744',
    source_url: 'https://eur-lex.europa.eu/eli/reg/2024/1689/oj',
    as_of: '2026-11-21',
  },
  hall_floors: {
    enforce_correlation_id: true,
    enforce_required_controls: true,
    enforce_blast_scoring_in_prod: true,
    require_worker_attestation: true,
  },
  blast: { prod: { escalate_at: 70 }, edge: { escalate_at: 70 } },
  human_oversight: {
    worker_risk: { high: 'hold', critical: 'hold', unknown: 'hold' },
    quorum: 2,
    four_eyes: true,
  },
  ban_lists: ['network', 'own'],
  receipts: { retention_days: 183 },
  mappings: mappingRows(`
    Art. 9 | risk management system | V | enforce_blast_scoring_in_prod blast blast_scoring | wcp.decision | the risk management of the provider
    Art. 10 | data and data governance | V | catalog | wcp.decision | the quality of training data
    Art. 11 | technical documentation | V C | export | /v1/ledger/export /openapi.json | the documentation of the model
    Art. 12(1) | automatic recording of events | E | ledger receipts enforce_correlation_id | wcp.decision | events inside the model
    Art. 12(2) | events for risk, monitoring and operation | E | receipts outcomes | wcp.decision wcp.dispatch.completed wcp.dispatch.outcome_missing | events inside the model
    Art. 12(3) | biometric identification (Annex III 1(a) only) | C | | wcp.dispatch.completed | period, reference database and verifiers, unless the worker reports them
    Art. 13(3)(f) | how logs are collected and read | V | export | /v1/ledger/export | the instructions of the provider
    Art. 14(1) | human oversight | E | human_oversight approvals | wcp.decision wcp.approval.* | that the human understands what is decided
    Art. 14(4) | oversight means: understand, override, stop | E | human_oversight kill_switch | hall.offline wcp.approval.* | that a stop of the Hall stops what already runs
    Art. 14(5) | two natural persons (Annex III 1(a)) | E | human_oversight | wcp.approval.* | that two accounts are two people
    Art. 15 | accuracy, robustness, cybersecurity | E V | require_worker_attestation enforce_required_controls | wcp.attestation.mismatch wcp.decision | the accuracy of the model
    Art. 17 | quality management system | V | rules policies | hall.rules.published hall.policy.published | the quality management of the provider
    Art. 18 | documentation kept for 10 years | V C | export | /v1/ledger/export | that the export is kept
    Art. 19(1) | logs kept by providers, 6 months at least | E | ledger | /v1/ledger/export | copies that others keep
    Art. 20 | corrective action | E V | bans | hall.ban.issued | notice to those concerned
    Art. 26(1) | use according to the instructions | V | rules | wcp.decision | the instructions of the provider
    Art. 26(2) | oversight by competent people | V C | human_oversight approvals | wcp.approval.* | the competence of people
    Art. 26(4) | relevant input data | V C | catalog | wcp.decision | the input of the worker itself
    Art. 26(5) | monitoring and suspension | E V | alerts kill_switch | hall.offline | that somebody watches
    Art. 26(6) | logs kept by deployers, 6 months at least | E | ledger | /v1/ledger/export | copies that others keep
    Art. 27 | fundamental rights impact assessment | V C | export | /v1/ledger/export | the assessment
    Art. 72 | post-market monitoring | V | alerts export | /alerts | monitoring by the provider
    Art. 73 | serious incidents are reported | V C | alerts | /alerts | that a report was sent
    Art. 86 | explanation of individual decisions | V | replay decisions | wcp.decision | why the model said what it said
  `),
};
