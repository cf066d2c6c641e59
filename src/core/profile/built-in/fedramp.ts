/**
 * FedRAMP Moderate on NIST SP 800-53 r5 (WCP 7.5): the few of about 323 controls to which a Hall has something to say.
 * Supports evidence for an assessment; certifies nothing.
 */
import type { ProfileContent } from '../document.ts';
import { mappingRows } from './rows.ts';

export const FEDRAMP: ProfileContent = {
  profile_id: 'org.guildhall.fedramp-moderate',
  version: '1.0.0',
  title: 'FedRAMP Moderate (NIST SP 800-53 r5)',
  description:
    'Supports evidence for the controls that concern which AI workers run, with which privileges, on whose approval, and how that is recorded. Most of the baseline is about the platform and the organisation, and is not here.',
  framework: {
    name: 'FedRAMP Moderate, NIST SP 800-53',
    version: 'Rev. 5',
    source_url: 'https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final',
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
  human_oversight: { worker_risk: { high: 'hold', critical: 'hold', unknown: 'hold' }, four_eyes: true },
  attestation: { signed_manifest_required: true },
  ban_lists: ['network', 'own'],
  receipts: { retention_days: 912 },
  telemetry_required: ['evt.os.task.routed', 'evt.os.task.denied', 'evt.os.policy.gated'],
  mappings: mappingRows(`
    AC-2 | account management | E V | accounts api_keys | hall.key.created hall.key.revoked | accounts of systems beside this one
    AC-3 | access enforcement | E | enforce_required_controls fail_closed rules | wcp.decision | access that does not go through the Hall
    AC-4 | information flow enforcement | E | enforce_privilege_envelopes privilege_envelopes | wcp.decision | that the network enforces the same list
    AC-5 | separation of duties | E | human_oversight approvals | wcp.approval.* | who is who outside the tenant
    AC-6 | least privilege | E | enforce_privilege_envelopes privilege_envelopes api_keys | wcp.decision | privileges that a platform grants on its own
    AC-6(9) | log use of privileged functions | E | ledger | hall.settings.changed hall.profile.activated | functions outside the Hall
    AC-6(10) | prohibit non-privileged users from privileged functions | E | api_keys | hall.key.created | functions outside the Hall
    AU-2 | event logging | V | ledger decisions | wcp.decision /openapi.json | events that the organisation chose beside these
    AU-3 | content of audit records | E | receipts | wcp.decision | payloads: only their hashes are kept
    AU-3(1) | additional audit information | E | receipts enforce_correlation_id | wcp.decision | payloads: only their hashes are kept
    AU-4 | audit log storage capacity | E | ledger | /v1/ledger/checkpoint | the storage of copies
    AU-5 | response to audit logging failures | E | fail_closed ledger | /alerts | the response of people
    AU-6 | audit record review | E V | alerts decisions | /alerts | that somebody reviews
    AU-7 | audit record reduction and report generation | V | export | /v1/ledger/export | reports of other systems
    AU-8 | time stamps | E | ledger | wcp.decision | that the clock of the platform is right
    AU-9 | protection of audit information | E | ledger witness | /v1/ledger/checkpoint | copies outside the ledger
    AU-9(3) | cryptographic protection (High only) | E | ledger witness | /v1/ledger/checkpoint | protection of the keys of the operator
    AU-10 | non-repudiation (High only) | E | receipts | wcp.decision | who held a key that was stolen
    AU-11 | audit record retention: 12 months at hand, 18 more in the archive | E | ledger | /v1/ledger/export | copies that others keep
    AU-12 | audit record generation | E | receipts | wcp.decision | work that never asks the Hall
    AU-12(1) | system-wide time-correlated trail (High only) | E | ledger enforce_correlation_id | wcp.decision | trails of other systems
    AU-12(3) | changes by authorised individuals (High only) | E | ledger api_keys | hall.settings.changed | logging outside the Hall
    CA-7 | continuous monitoring | V | alerts decisions replay | /alerts | monitoring of the platform
    CM-3 | configuration change control | E | rules policies | hall.rules.published hall.policy.published | changes of the code of workers, beside their hash
    CM-5 | access restrictions for change | E | api_keys rules policies | hall.rules.published | changes outside the Hall
    CM-7(5) | authorised software, allow by exception | E | require_worker_attestation worker_registry | wcp.worker.enrolled wcp.decision | software that is no worker
    CM-8 | system component inventory | V | worker_registry | wcp.worker.enrolled | components that are no workers
    CM-14 | signed components | E | signed_manifest | wcp.decision | how the signing key is kept
    IA-2 | identification and authentication, organisational users | E | accounts api_keys | hall.key.created | identities of the organisation's own directory
    IA-5 | authenticator management | E | api_keys | hall.key.created hall.key.revoked | how a holder keeps a key
    IA-9 | service identification and authentication | E | require_signatory dispatch_grants | wcp.decision | services that do not call the Hall
    IR-4 | incident handling | E V | bans kill_switch | hall.ban.issued hall.offline | handling by people
    IR-5 | incident monitoring | E V | alerts | /alerts | incidents outside the Hall
    IR-6 | incident reporting | E V | alerts export | /alerts | that a report was sent
    RA-3 | risk assessment | V | enforce_blast_scoring_in_prod blast_scoring | wcp.decision | an assessment of the whole system
    SC-7(5) | deny by default, allow by exception | E | enforce_privilege_envelopes | wcp.decision | that the network enforces the same list
    SC-8 | transmission confidentiality and integrity | V C | api_keys | /.well-known/jwks.json | the transport of the platform
    SC-12 | key establishment and management | V C | receipts | /.well-known/jwks.json | how the operator keeps the private keys
    SC-13 | cryptographic protection | V C | receipts witness | /.well-known/jwks.json | validation of the modules that the platform uses
    SI-4 | system monitoring | V | alerts decisions | /alerts | monitoring of the platform
    SI-7 | software, firmware and information integrity | E | require_worker_attestation | wcp.attestation.mismatch | that the worker reports the hash of what it really runs
    SI-7(1) | integrity checks | E | require_worker_attestation | wcp.decision | checks between two reports
    SI-7(7) | integration of detection and response | E | require_worker_attestation alerts | wcp.attestation.mismatch | the response of people
    SI-7(15) | code authentication (High only) | E | signed_manifest | wcp.decision | how the signing key is kept
    SI-10 | information input validation | E | enforce_correlation_id input_validation | wcp.decision | the input of the worker itself
    SR-4 | provenance | E | signed_manifest | wcp.decision | the supply chain before the manifest
    SR-11 | component authenticity | E | bans require_worker_attestation | hall.ban.issued | components that are no workers
  `),
};
