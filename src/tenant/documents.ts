/**
 * Versioned documents of the tenant (rules, policy) and its settings: which version is in force, compiled once at
 * publish or wake-up. Contents are kept by hash, so a decision can name what it read, and a roll-back restores a hash.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { judgeRules } from '../core/hall/publish.ts';
import { type CompiledRules, restoreRules } from '../core/hall/rules.ts';
import { defaultSettings, patchSettings, Settings } from '../core/hall/settings.ts';
import type { InForce } from '../core/hall/snapshot.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { type CompiledPolicy, restorePolicy } from '../core/policy/gate.ts';
import { refusal } from '../core/refusal.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import { CATALOG } from './catalog.ts';
import type { Command, CommandReply, DocumentKind } from './commands.ts';
import { act, recorded, refused, type TenantMemo } from './plan.ts';
import { PROFILES } from './profiles.ts';

interface VersionRow {
  readonly [column: string]: SqlStorageValue;
  readonly version: string;
  readonly hash: string;
  readonly forced: number;
  readonly published_at: number;
  readonly published_by: string;
  readonly seq: number;
}

interface NewVersion {
  readonly kind: DocumentKind;
  readonly version: string;
  readonly content: JsonValue;
  readonly force: boolean;
  /** Said in the reply beside version and hash. */
  readonly value: JsonObject;
  /** The content that has this name already, where it need not be this one byte by byte. */
  readonly hash?: string;
}

interface PublishTerms {
  readonly forced: boolean;
  readonly by: string;
  /** Microseconds. */
  readonly now: number;
  readonly seq: number;
}

const settingsInForce = (settings: Settings, version: string): InForce<Settings> => ({
  version,
  hash: sha256Hex(canonicalJson(settings)),
  compiled: settings,
});

const VERSION = /^[\w.:@+-]{1,68}$/;

export class Documents {
  readonly #ledger: Ledger<TenantMemo>;
  rules: InForce<CompiledRules> | null = null;
  policy: InForce<CompiledPolicy> | null = null;
  settings: InForce<Settings> = settingsInForce(defaultSettings, '0');

  constructor(ledger: Ledger<TenantMemo>) {
    this.#ledger = ledger;
  }

  reload(): void {
    const rows = this.#ledger.sql
      .exec<{ kind: string; version: string; hash: string }>('SELECT kind, version, hash FROM in_force')
      .toArray();
    this.rules = null;
    this.policy = null;
    this.settings = settingsInForce(defaultSettings, '0');
    for (const { kind, version, hash } of rows)
      if (kind !== CATALOG && kind !== PROFILES) this.#load(kind, version, hash);
  }

  #load(kind: string, version: string, hash: string): void {
    const text = this.#ledger.contents.text(hash);
    if (text === null) throw new Error('a document in force has no content');
    const content: unknown = JSON.parse(text);
    if (kind === 'rules') {
      const compiled = restoreRules(content);
      if (!compiled.ok) throw new Error('the rules in force cannot be read');
      this.rules = { version, hash, compiled: compiled.value };
    } else if (kind === 'policy') {
      const compiled = restorePolicy(content as JsonValue);
      if (!compiled.ok) throw new Error('the policy in force cannot be read');
      this.policy = { version, hash, compiled: compiled.value };
    } else this.settings = { version, hash, compiled: Settings.parse(content) };
  }

  versions(kind: DocumentKind): JsonObject {
    const rows = this.#ledger.sql
      .exec<VersionRow>(
        'SELECT version, hash, forced, published_at, published_by, seq FROM documents WHERE kind = ? ORDER BY seq DESC',
        kind,
      )
      .toArray();
    const active = kind === 'rules' ? this.rules : this.policy;
    return {
      versions: rows.map((row) => ({
        version: row.version,
        hash: row.hash,
        active: row.version === active?.version,
        forced: row.forced === 1,
        published_at: new Date(row.published_at).toISOString(),
        published_by: row.published_by,
        seq: row.seq,
      })),
      count: rows.length,
    };
  }

  /** The document of a version, or of the one in force. */
  document(kind: DocumentKind, version: string | null): JsonObject | null {
    const active = kind === 'rules' ? this.rules : this.policy;
    const named = version === null ? active : this.version(kind, version);
    if (named === null) return null;
    const text = this.#ledger.contents.text(named.hash);
    return text === null ? null : { version: named.version, hash: named.hash, document: JSON.parse(text) as JsonValue };
  }

  version(kind: DocumentKind, version: string): { version: string; hash: string } | null {
    const row = this.#ledger.sql
      .exec<{ version: string; hash: string }>(
        'SELECT version, hash FROM documents WHERE kind = ? AND version = ?',
        kind,
        version,
      )
      .toArray()[0];
    return row ?? null;
  }

  planPublish(command: Command & { kind: 'document.publish' }, actor: Actor, now: number): Plan<CommandReply> {
    const { content, force } = command;
    const judged = judgeRules(content, force && !this.settings.compiled.strict);
    if (!judged.ok) return refused(judged.error);
    const version = command.version ?? this.nextVersion('rules', sha256Hex(canonicalJson(content)));
    return this.planVersion({ kind: 'rules', version, content, force, value: judged.value }, actor, now);
  }

  /** Puts a content into force under a version, which names this one content for ever. */
  planVersion(
    { kind, version, content, force, value: told, hash: knownHash }: NewVersion,
    actor: Actor,
    now: number,
  ): Plan<CommandReply> {
    const hash = knownHash ?? sha256Hex(canonicalJson(content));
    if (!VERSION.test(version)) {
      return refused(
        refusal('invalid_body', 'version', [
          { field: 'version', message: 'expected 1 to 68 of A-Z a-z 0-9 . _ : @ + -' },
        ]),
      );
    }
    const known = this.version(kind, version);
    if (known !== null && known.hash !== hash) {
      return refused(refusal(kind === 'rules' ? 'rule_version_reused' : 'policy_version_reused', `version ${version}`));
    }
    const active = kind === 'rules' ? this.rules : this.policy;
    const value = { version, hash, active: true, ...told };
    if (active?.version === version) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [
        act(
          `hall.${kind}.published`,
          actor,
          { version, hash, forced: force },
          { before: active?.hash ?? null, after: hash },
        ),
      ],
      apply: ([sealed]) => {
        if (knownHash !== undefined) this.activate(kind, version, knownHash);
        else this.putIntoForce(kind, version, content, { forced: force, by: actor.id, now, seq: sealed?.seq ?? 0 });
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  /** Inside `apply`. */
  putIntoForce(kind: DocumentKind, version: string, content: JsonValue, terms: PublishTerms): void {
    const text = canonicalJson(content);
    const hash = sha256Hex(text);
    this.#ledger.contents.keep(hash, text);
    this.#ledger.sql.exec(
      `INSERT OR IGNORE INTO documents (kind, version, hash, forced, published_at, published_by, seq)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      kind,
      version,
      hash,
      terms.forced ? 1 : 0,
      Math.floor(terms.now / 1000),
      terms.by,
      terms.seq,
    );
    this.activate(kind, version, hash);
  }

  planRollback(command: Command & { kind: 'document.rollback' }, actor: Actor): Plan<CommandReply> {
    const { document: kind, version } = command;
    const known = this.version(kind, version);
    if (known === null) return refused(refusal('not_found', `no ${kind} version of that name`));
    const active = kind === 'rules' ? this.rules : this.policy;
    const value = { version, hash: known.hash, active: true };
    if (active?.version === version) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [
        act(
          `hall.${kind}.rolled_back`,
          actor,
          { version, hash: known.hash },
          { before: active?.hash ?? null, after: known.hash },
        ),
      ],
      apply: () => this.activate(kind, version, known.hash),
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planSettings(command: Command & { kind: 'settings.patch' }, actor: Actor, seq: number): Plan<CommandReply> {
    const settings = patchSettings(this.settings.compiled, command.patch);
    const text = canonicalJson(settings);
    const hash = sha256Hex(text);
    if (hash === this.settings.hash) return { entries: [], reply: () => recorded({ settings, hash }, null) };
    return {
      entries: [
        act(
          'hall.settings.changed',
          actor,
          { hash, changed: Object.keys(command.patch).sort() },
          { before: this.settings.hash, after: hash },
        ),
      ],
      apply: () => {
        this.#ledger.contents.keep(hash, text);
        this.activate('settings', String(seq), hash);
      },
      reply: ([sealed]) => recorded({ settings, hash }, sealed),
    };
  }

  /** A new tenant's settings, inside `apply`: decisions name them by hash from the first one on. */
  initialise(): void {
    const text = canonicalJson(defaultSettings);
    const hash = sha256Hex(text);
    this.#ledger.contents.keep(hash, text);
    this.activate('settings', '1', hash);
  }

  /** Inside `apply`. */
  activate(kind: string, version: string, hash: string): void {
    this.#ledger.sql.exec(
      'INSERT OR REPLACE INTO in_force (kind, version, hash) VALUES (?, ?, ?)',
      kind,
      version,
      hash,
    );
    this.#load(kind, version, hash);
  }

  /** A content that was published before keeps its name; a new one gets the next number. */
  nextVersion(kind: DocumentKind, hash: string): string {
    const { sql } = this.#ledger;
    const same = sql
      .exec<{ version: string }>('SELECT version FROM documents WHERE kind = ? AND hash = ? LIMIT 1', kind, hash)
      .toArray()[0];
    if (same !== undefined) return same.version;
    const { count } = sql.exec<{ count: number }>('SELECT count(*) AS count FROM documents WHERE kind = ?', kind).one();
    for (let number = count + 1; ; number++) {
      if (this.version(kind, `v${number}`) === null) return `v${number}`;
    }
  }
}
