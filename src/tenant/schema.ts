/** The tables of a tenant object beside its ledger. Contents (documents, records) live in `contents`, by hash. */
import type { SchemaStep } from '../ledger/ddl.ts';

export const TENANT_SCHEMA: readonly SchemaStep[] = [
  {
    area: 'tenant',
    step: 1,
    sql: `
      CREATE TABLE tenant (
        id INTEGER PRIMARY KEY CHECK (id = 0), name TEXT NOT NULL, created_at INTEGER NOT NULL,
        standing TEXT NOT NULL, offline INTEGER NOT NULL);
      CREATE TABLE api_keys (
        hash TEXT PRIMARY KEY, key_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, environment TEXT NOT NULL,
        scopes TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER) WITHOUT ROWID;
      CREATE TABLE documents (
        kind TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL, forced INTEGER NOT NULL,
        published_at INTEGER NOT NULL, published_by TEXT NOT NULL, seq INTEGER NOT NULL,
        PRIMARY KEY (kind, version)) WITHOUT ROWID;
      CREATE TABLE in_force (kind TEXT PRIMARY KEY, version TEXT NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE workers (
        worker_id TEXT PRIMARY KEY, enrollment_id TEXT NOT NULL, record TEXT NOT NULL, record_hash TEXT NOT NULL,
        fact TEXT NOT NULL, fact_hash TEXT NOT NULL, enrolled_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, retired_at INTEGER) WITHOUT ROWID;
      CREATE TABLE chain_links (
        tenant_id TEXT NOT NULL, correlation_id TEXT NOT NULL, capability_id TEXT NOT NULL, request_hash TEXT NOT NULL,
        worker_id TEXT NOT NULL, blast_sum INTEGER NOT NULL,
        PRIMARY KEY (tenant_id, correlation_id, capability_id, request_hash, worker_id)) WITHOUT ROWID;
      CREATE TABLE dispatches (
        seq INTEGER PRIMARY KEY, worker_id TEXT NOT NULL, started_at INTEGER, missing_at INTEGER,
        finished_at INTEGER, outcome TEXT, outcome_digest TEXT, outcome_seq INTEGER);
      CREATE TABLE alerts (
        id INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, level TEXT NOT NULL, code TEXT NOT NULL,
        message TEXT NOT NULL, worker_id TEXT, capability_id TEXT);`,
  },
  {
    area: 'tenant',
    step: 2,
    // bans: 'network' rows are a copy of the network's list up to the epoch of `ban_feed`; 'own' rows are this tenant's.
    sql: `
      CREATE TABLE bans (
        list TEXT NOT NULL, ban_id TEXT NOT NULL, ban TEXT NOT NULL, PRIMARY KEY (list, ban_id)) WITHOUT ROWID;
      CREATE TABLE ban_feed (id INTEGER PRIMARY KEY CHECK (id = 0), epoch INTEGER NOT NULL);`,
  },
  {
    area: 'tenant',
    step: 3,
    // bucket:  what a key's requests are counted in, shared with the keys it was rotated to; null: its own key_id.
    // ended_by: why it works no more: revoked, leaked, or the key_id that took its place.
    sql: `
      ALTER TABLE api_keys ADD COLUMN allowed_ips TEXT;
      ALTER TABLE api_keys ADD COLUMN rate_limit TEXT;
      ALTER TABLE api_keys ADD COLUMN bucket TEXT;
      ALTER TABLE api_keys ADD COLUMN created_by TEXT;
      ALTER TABLE api_keys ADD COLUMN ended_by TEXT;
      ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
      ALTER TABLE tenant ADD COLUMN rate_limit TEXT;
      CREATE TABLE rate_buckets (bucket TEXT PRIMARY KEY, debt INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    area: 'tenant',
    step: 4,
    // What the network said last of each namespace, by the seq of its ledger; rows with held = 0 outlast older news.
    sql: `
      CREATE TABLE namespaces (
        namespace TEXT PRIMARY KEY, seq INTEGER NOT NULL, held INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    area: 'tenant',
    step: 5,
    // dispatches_started: dispatches that run now, a few among all that ever ran.
    // imported: decisions made elsewhere, by the id they were given there.
    // usage: decisions a UTC day; of this Hall under the species '', else as clients reported them.
    sql: `
      ALTER TABLE tenant ADD COLUMN tier_id TEXT NOT NULL DEFAULT 'unlimited';
      CREATE INDEX dispatches_started ON dispatches (seq) WHERE started_at IS NOT NULL AND outcome IS NULL;
      CREATE TABLE imported (decision_id TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE usage (
        day TEXT NOT NULL, worker_species_id TEXT NOT NULL, decisions INTEGER NOT NULL, denials INTEGER NOT NULL,
        PRIMARY KEY (day, worker_species_id)) WITHOUT ROWID;`,
  },
  {
    area: 'tenant',
    step: 6,
    // attestations: the last of each worker, enrolled or not. namespace_trust: no row = generation 1, no keys.
    sql: `
      CREATE TABLE attestations (
        worker_id TEXT PRIMARY KEY, attestation TEXT NOT NULL, seq INTEGER NOT NULL, built_at INTEGER) WITHOUT ROWID;
      CREATE TABLE namespace_trust (
        namespace TEXT PRIMARY KEY, generation INTEGER NOT NULL, keys TEXT NOT NULL) WITHOUT ROWID;`,
  },
  {
    area: 'tenant',
    step: 7,
    // head: the receipt_hash of the change that made the epoch, so that a list is told from another of the same length.
    sql: 'ALTER TABLE ban_feed ADD COLUMN head TEXT;',
  },
  {
    area: 'tenant',
    step: 8,
    // policy_bundles:   drafts; what decides is in `in_force`. source, document: contents by hash.
    // policy_snapshots: one row each time a policy was published; hash: the content that was in force from then on.
    // policy_shadows:   policies that are asked beside the one in force, and what they would have said.
    // velocity:         one row for each member of a sliding window; times in milliseconds.
    sql: `
      CREATE TABLE policy_bundles (
        bundle_id TEXT PRIMARY KEY, enabled INTEGER NOT NULL, source TEXT NOT NULL, document TEXT NOT NULL,
        sha256 TEXT NOT NULL, author TEXT NOT NULL, message TEXT NOT NULL, saved_by TEXT NOT NULL,
        revision INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE policy_snapshots (
        id TEXT PRIMARY KEY, version TEXT NOT NULL, hash TEXT NOT NULL, snapshot TEXT NOT NULL,
        bundle_ids TEXT NOT NULL, author TEXT NOT NULL, note TEXT NOT NULL, created_at INTEGER NOT NULL,
        seq INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE policy_shadows (
        bundle_id TEXT PRIMARY KEY, shadow_id TEXT NOT NULL, source TEXT NOT NULL, document TEXT NOT NULL,
        metadata TEXT NOT NULL, created_by TEXT NOT NULL, created_at INTEGER NOT NULL, from_seq INTEGER NOT NULL)
        WITHOUT ROWID;
      CREATE TABLE velocity (
        counter TEXT NOT NULL, member TEXT NOT NULL, at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
        PRIMARY KEY (counter, member)) WITHOUT ROWID;
      CREATE INDEX velocity_by_time ON velocity (counter, at);`,
  },
  {
    area: 'tenant',
    step: 9,
    // Bans of an authority are rows of `bans`, list 'authority:<id>'. ban_epoch: how far its list was brought.
    sql: `
      CREATE TABLE authorities (
        authority_id TEXT PRIMARY KEY, authority TEXT NOT NULL, ban_epoch INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    area: 'tenant',
    step: 10,
    // used_tokens: what may be used once and was, until it could not be used any more anyway.
    // token_memory: the latest of those times among the rows that were forgotten.
    sql: `
      CREATE TABLE signatories (
        signatory_id TEXT PRIMARY KEY, issuer TEXT NOT NULL UNIQUE, terms TEXT NOT NULL, hash TEXT NOT NULL,
        salt TEXT NOT NULL, registered_at INTEGER NOT NULL, changed_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE used_tokens (
        id TEXT PRIMARY KEY, use TEXT NOT NULL, forget_at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX used_tokens_by_time ON used_tokens (forget_at);
      CREATE TABLE token_memory (id INTEGER PRIMARY KEY CHECK (id = 0), forgotten_to INTEGER NOT NULL);`,
  },
  {
    area: 'tenant',
    step: 11,
    // approvals: seq is that of the decision that asked; approval, the whole of it, is what the other columns repeat.
    sql: `
      CREATE TABLE approvals (
        approval_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, state TEXT NOT NULL, level TEXT NOT NULL,
        correlation_id TEXT, expires_at INTEGER NOT NULL, approval TEXT NOT NULL) WITHOUT ROWID;
      CREATE INDEX approvals_pending ON approvals (seq) WHERE state = 'pending';`,
  },
  {
    area: 'tenant',
    step: 12,
    // profiles: this tenant's own, by version. profile_removals: asked for by one person, until a second one agrees.
    sql: `
      CREATE TABLE profiles (
        profile_id TEXT NOT NULL, version TEXT NOT NULL, hash TEXT NOT NULL, published_at INTEGER NOT NULL,
        published_by TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (profile_id, version)) WITHOUT ROWID;
      CREATE TABLE profile_removals (
        profile TEXT PRIMARY KEY, asked_kind TEXT NOT NULL, asked_id TEXT NOT NULL, asked_at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  {
    area: 'tenant',
    step: 13,
    // Reports (subject: a hash) and appeals (subject: a ban) that this tenant has made, once each.
    sql: `
      CREATE TABLE ban_claims (
        kind TEXT NOT NULL, subject TEXT NOT NULL, id TEXT NOT NULL, made_at INTEGER NOT NULL,
        PRIMARY KEY (kind, subject)) WITHOUT ROWID;
      CREATE INDEX ban_claims_by_time ON ban_claims (made_at);`,
  },
  {
    area: 'tenant',
    step: 14,
    // ended: 'closed' or 'erased'; archive: where its ledger was kept then.
    sql: `
      ALTER TABLE tenant ADD COLUMN ended TEXT;
      ALTER TABLE tenant ADD COLUMN archive TEXT;`,
  },
  {
    area: 'tenant',
    step: 15,
    // due_at: when the alarm looks at it, to ask somebody else or to end it.
    sql: `
      ALTER TABLE approvals ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
      UPDATE approvals SET due_at = expires_at;
      CREATE INDEX approvals_due ON approvals (due_at) WHERE state = 'pending';
      CREATE INDEX approvals_all ON approvals (seq);`,
  },
  {
    area: 'tenant',
    step: 16,
    // jobs: job, the whole of it, is what the other columns repeat; seq: of the decision that admitted it.
    // job_questions: what the policy was asked, with prompt and context. job_keys: what was submitted under a key.
    sql: `
      CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY, seq INTEGER NOT NULL, state TEXT NOT NULL, trace_id TEXT NOT NULL, topic TEXT,
        workflow_id TEXT, parent_id TEXT, due_at INTEGER, dead_at INTEGER, job TEXT NOT NULL) WITHOUT ROWID;
      CREATE UNIQUE INDEX jobs_by_seq ON jobs (seq);
      CREATE INDEX jobs_by_trace ON jobs (trace_id);
      CREATE INDEX jobs_by_parent ON jobs (parent_id) WHERE parent_id IS NOT NULL;
      CREATE INDEX jobs_due ON jobs (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX jobs_dead ON jobs (seq) WHERE dead_at IS NOT NULL;
      CREATE TABLE job_questions (job_id TEXT PRIMARY KEY, question TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE job_keys (
        key TEXT PRIMARY KEY, intent TEXT NOT NULL, reply TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX job_keys_by_time ON job_keys (at);`,
  },
  {
    area: 'tenant',
    step: 17,
    // webhooks: url and the secrets are sealed. webhook_deliveries: the outbox, and what became of it; seq names the
    // entry that is told; due_at of one that is under way is when it is taken for lost. Times in milliseconds.
    sql: `
      CREATE TABLE webhooks (
        webhook_id TEXT PRIMARY KEY, format TEXT NOT NULL, events TEXT NOT NULL, description TEXT NOT NULL,
        url TEXT NOT NULL, shown_url TEXT NOT NULL, secret TEXT NOT NULL, previous_secret TEXT,
        previous_until INTEGER, origin TEXT NOT NULL, enabled INTEGER NOT NULL, failing_since INTEGER,
        failures INTEGER NOT NULL, paused_until INTEGER, created_at INTEGER NOT NULL, created_by TEXT NOT NULL)
        WITHOUT ROWID;
      CREATE TABLE webhook_deliveries (
        id INTEGER PRIMARY KEY, webhook_id TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL,
        state TEXT NOT NULL, attempts INTEGER NOT NULL, last_attempt INTEGER NOT NULL, due_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL, finished_at INTEGER, tries TEXT NOT NULL, UNIQUE (webhook_id, seq));
      CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, due_at) WHERE state = 'pending';
      CREATE INDEX webhook_deliveries_log ON webhook_deliveries (webhook_id, id);`,
  },
  {
    area: 'tenant',
    step: 18,
    // Passkeys with which people sign answers. A row stays when it is revoked: its id is never registered again.
    sql: `
      CREATE TABLE passkeys (
        credential_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, passkey TEXT NOT NULL, name TEXT NOT NULL,
        registered_at INTEGER NOT NULL, revoked_at INTEGER) WITHOUT ROWID;
      CREATE INDEX passkeys_by_user ON passkeys (user_id);`,
  },
  {
    area: 'tenant',
    step: 19,
    // Decisions of this Hall by hour (since 1970), dry runs left out; the hour that runs is in the head row.
    sql: `
      CREATE TABLE outcomes (
        hour INTEGER PRIMARY KEY, dispatched INTEGER NOT NULL, held INTEGER NOT NULL, denied INTEGER NOT NULL,
        failed_closed INTEGER NOT NULL);`,
  },
  {
    area: 'tenant',
    step: 20,
    // Bans of the network that name workers of this tenant, until the alarm has made entries of them.
    sql: `
      CREATE TABLE ban_notices (id INTEGER PRIMARY KEY, type TEXT NOT NULL, body TEXT NOT NULL);`,
  },
];
