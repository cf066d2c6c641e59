/**
 * The life of a policy inside its tenant (CAP 4.4): bundles are saved as drafts, published together, rolled back to the
 * very hash that was in force. What decides is always the set in force (`documents.ts`); a draft never does.
 * INVARIANT: every change is an entry, and names the snapshot before and after it.
 */

import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import { judgePolicy } from '../core/hall/publish.ts';
import { sha256Hex } from '../core/hash.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { changeOf, documentHash } from '../core/ledger/change.ts';
import { MAIN } from '../core/policy/gate.ts';
import { bundlesOf, type ForceBundle, type MadePolicy, makePolicy, sourceContent } from '../core/policy/in-force.ts';
import { FLOOR } from '../core/policy/set.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Moment, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply } from './commands.ts';
import type { Documents } from './documents.ts';
import { act, type PersonOf, recorded, refused, type TenantMemo } from './plan.ts';

interface BundleRow {
  readonly [column: string]: SqlStorageValue;
  readonly bundle_id: string;
  readonly enabled: number;
  readonly source: string;
  readonly document: string;
  readonly sha256: string;
  readonly author: string;
  readonly message: string;
  readonly saved_by: string;
  readonly revision: number;
  readonly updated_at: number;
}

interface SnapshotRow {
  readonly [column: string]: SqlStorageValue;
  readonly id: string;
  readonly version: string;
  readonly hash: string;
  readonly snapshot: string;
  readonly bundle_ids: string;
  readonly author: string;
  readonly note: string;
  readonly created_at: number;
}

interface ShadowRow {
  readonly [column: string]: SqlStorageValue;
  readonly bundle_id: string;
  readonly shadow_id: string;
  readonly source: string;
  readonly document: string;
  readonly metadata: string;
  readonly created_by: string;
  readonly created_at: number;
  readonly from_seq: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const snapshotId = (snapshot: string, now: number): string => `${iso(Math.floor(now / 1000))}-${snapshot.slice(4, 14)}`;

/** A draft, as far as it changes what would be published. */
const draftTerms = ({
  bundle_id,
  enabled,
  source,
}: Pick<BundleRow, 'bundle_id' | 'enabled' | 'source'>): JsonObject => ({
  bundle_id,
  enabled: enabled === 1,
  source,
});

export class Policies {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #documents: Documents;
  readonly #personOf: PersonOf;

  /** `personOf`: who is behind a credential. */
  constructor(ledger: Ledger<TenantMemo>, documents: Documents, personOf: PersonOf) {
    this.#ledger = ledger;
    this.#documents = documents;
    this.#personOf = personOf;
  }

  // What is there

  snapshot(): string | null {
    return this.#documents.policy?.compiled.set?.snapshot ?? null;
  }

  #inForce(): readonly ForceBundle[] {
    const { policy } = this.#documents;
    const text = policy === null ? null : this.#ledger.contents.text(policy.hash);
    if (text === null) return [];
    return bundlesOf(JSON.parse(text) as JsonValue, (source) => this.#ledger.contents.text(source));
  }

  #rows(): readonly BundleRow[] {
    return this.#ledger.sql.exec<BundleRow>('SELECT * FROM policy_bundles ORDER BY bundle_id').toArray();
  }

  #row(bundleId: string): BundleRow | null {
    const query = 'SELECT * FROM policy_bundles WHERE bundle_id = ?';
    return this.#ledger.sql.exec<BundleRow>(query, bundleId).toArray()[0] ?? null;
  }

  #draftOf(row: BundleRow): ForceBundle {
    const text = JSON.parse(this.#ledger.contents.text(row.source) ?? '""') as string;
    const document = JSON.parse(this.#ledger.contents.text(row.document) ?? '{}') as JsonObject;
    return { id: row.bundle_id, text, document };
  }

  /** Bundles whose saved text is not in force. */
  drafts(): readonly ForceBundle[] {
    const inForce = new Map(this.#inForce().map((bundle) => [bundle.id, sourceContent(bundle.text).hash]));
    return this.#rows()
      .filter((row) => inForce.get(row.bundle_id) !== row.source)
      .map((row) => this.#draftOf(row));
  }

  bundlesWithRule(ruleId: string): readonly string[] {
    const holds = ({ document }: ForceBundle): boolean =>
      Array.isArray(document.rules) && document.rules.some((rule: JsonObject) => rule.id === ruleId);
    return [...this.#inForce(), ...this.drafts()].filter(holds).map(({ id }) => id);
  }

  bundles(): JsonObject {
    const inForce = new Map(this.#inForce().map((bundle) => [bundle.id, sourceContent(bundle.text).hash]));
    const rows = this.#rows();
    const items = rows.map((row) => this.#shown(row, inForce.get(row.bundle_id) ?? null));
    return {
      bundles: Object.fromEntries(items.map((item) => [String(item.id), item])),
      items,
      updated_at: rows.length === 0 ? null : iso(Math.max(...rows.map(({ updated_at }) => updated_at))),
    };
  }

  #shown(row: BundleRow, inForce: string | null): JsonObject {
    const { document } = this.#draftOf(row);
    return {
      id: row.bundle_id,
      enabled: row.enabled === 1,
      published: inForce !== null,
      draft: inForce !== row.source,
      source: 'bundle',
      author: row.author,
      message: row.message,
      saved_by: row.saved_by,
      rule_count: Array.isArray(document.rules) ? document.rules.length : 0,
      revision: row.revision,
      sha256: row.sha256,
      updated_at: iso(row.updated_at),
    };
  }

  bundle(bundleId: string): JsonObject | null {
    const row = this.#row(bundleId);
    if (row === null) return null;
    const inForce = this.#inForce().find(({ id }) => id === bundleId);
    const shown = this.#shown(row, inForce === undefined ? null : sourceContent(inForce.text).hash);
    return { ...shown, content: this.#draftOf(row).text };
  }

  snapshots(): JsonObject {
    const rows = this.#ledger.sql
      .exec<SnapshotRow>('SELECT * FROM policy_snapshots ORDER BY seq DESC LIMIT 1000')
      .toArray();
    const current = this.snapshot();
    const hashes = [...(current === null ? [] : [current]), ...rows.map(({ snapshot }) => snapshot)];
    return {
      snapshots: [...new Set(hashes)],
      items: rows.map((row) => ({
        id: row.id,
        hash: row.snapshot,
        note: row.note,
        author: row.author,
        by: row.author,
        created_at: iso(row.created_at),
        published_ts: iso(row.created_at),
        bundle_ids: JSON.parse(row.bundle_ids) as JsonValue,
      })),
    };
  }

  snapshotNamed(name: string): JsonObject | null {
    const row = this.#snapshotRow(name);
    if (row === null) return null;
    const content = JSON.parse(this.#ledger.contents.text(row.hash) ?? 'null') as JsonValue;
    const bundles = bundlesOf(content, (source) => this.#ledger.contents.text(source));
    return {
      id: row.id,
      hash: row.snapshot,
      note: row.note,
      author: row.author,
      created_at: iso(row.created_at),
      bundle_ids: JSON.parse(row.bundle_ids) as JsonValue,
      bundles: bundles.map(({ id, text }) => ({ id, content: text })),
    };
  }

  /** What a policy is called, whose content has this hash; null: none that was ever in force. */
  snapshotOfContent(hash: string): string | null {
    const query = 'SELECT snapshot FROM policy_snapshots WHERE hash = ? ORDER BY seq DESC LIMIT 1';
    return this.#ledger.sql.exec<{ snapshot: string }>(query, hash).toArray()[0]?.snapshot ?? null;
  }

  #snapshotRow(name: string): SnapshotRow | null {
    const query = 'SELECT * FROM policy_snapshots WHERE id = ? OR snapshot = ? ORDER BY seq DESC LIMIT 1';
    return this.#ledger.sql.exec<SnapshotRow>(query, name, name).toArray()[0] ?? null;
  }

  /** The policy that would be in force with these texts in place of the bundles of their names. */
  candidate(bundles: readonly ForceBundle[]): Result<MadePolicy, Refusal> {
    const ids = new Set(bundles.map(({ id }) => id));
    return makePolicy([...this.#inForce().filter(({ id }) => !ids.has(id)), ...bundles]);
  }

  // What changes it

  planSave(command: Command & { kind: 'policy.save' }, actor: Actor, now: number): Plan<CommandReply> {
    const { bundleId, text, document, enabled, author, message, revision, warnings } = command;
    const known = this.#row(bundleId);
    if (revision !== null && revision !== (known?.revision ?? 0)) {
      return refused(refusal('revision_conflict', `the bundle is at revision ${known?.revision ?? 0}`));
    }
    const source = sourceContent(text);
    const kept = canonicalJson(document);
    const next = (known?.revision ?? 0) + 1;
    const sha256 = sha256Hex(text);
    const nowMs = Math.floor(now / 1000);
    const value = { id: bundleId, revision: next, sha256, updated_at: iso(nowMs), warnings };
    return {
      entries: [
        act(
          'cap.bundle_saved',
          actor,
          { bundle_id: bundleId, revision: next, sha256, source: source.hash, enabled, message },
          changeOf(
            known === null ? null : draftTerms(known),
            draftTerms({ bundle_id: bundleId, enabled: enabled ? 1 : 0, source: source.hash }),
          ),
        ),
      ],
      apply: () => {
        this.#ledger.contents.keep(source.hash, source.text);
        this.#ledger.contents.keep(sha256Hex(kept), kept);
        this.#ledger.sql.exec(
          `INSERT OR REPLACE INTO policy_bundles
           (bundle_id, enabled, source, document, sha256, author, message, saved_by, revision, updated_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          bundleId,
          enabled ? 1 : 0,
          source.hash,
          sha256Hex(kept),
          sha256,
          author,
          message,
          actor.id,
          next,
          nowMs,
        );
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planDelete({ bundleId }: Command & { kind: 'policy.delete' }, actor: Actor): Plan<CommandReply> {
    if (bundleId === FLOOR) return refused(refusal('bundle_protected', bundleId));
    const known = this.#row(bundleId);
    if (known === null) return refused(refusal('not_found'));
    const body = { bundle_id: bundleId, revision: known.revision, sha256: known.sha256, deleted: true };
    return {
      entries: [act('cap.bundle_saved', actor, body, changeOf(draftTerms(known), null))],
      apply: () => {
        this.#ledger.sql.exec('DELETE FROM policy_bundles WHERE bundle_id = ?', bundleId);
      },
      reply: ([sealed]) => recorded({ id: bundleId, deleted: true }, sealed),
    };
  }

  /** Named drafts replace what is in force of them; what was deleted or disabled leaves; all else stays as it is. */
  #published(bundleIds: readonly string[]): Result<readonly ForceBundle[], Refusal> {
    const rows = new Map(this.#rows().map((row) => [row.bundle_id, row]));
    const unknown = bundleIds.find((id) => !rows.has(id));
    if (unknown !== undefined) return err(refusal('bundle_unknown', `no bundle ${unknown}`));
    const named = new Set(bundleIds);
    const inForce = new Map(this.#inForce().map((bundle) => [bundle.id, bundle]));
    const out: ForceBundle[] = [];
    for (const id of new Set([...inForce.keys(), ...named])) {
      const row = rows.get(id);
      const now = inForce.get(id);
      // The one that is published whole needs no draft; the floor stays until another one is published.
      if (row === undefined) {
        if (now !== undefined && (id === MAIN || id === FLOOR)) out.push(now);
      } else if (row.enabled === 1 || id === FLOOR) {
        const draft = named.has(id) ? this.#draftOf(row) : now;
        if (draft !== undefined) out.push(draft);
      }
    }
    return ok(out);
  }

  planPublish(command: Command & { kind: 'policy.publish' }, actor: Actor, now: number): Plan<CommandReply> {
    const { bundleIds, author, message, note, expectedSnapshot } = command;
    const before = this.snapshot();
    if (bundleIds.length === 0) return refused(refusal('bundle_ids_required'));
    if (expectedSnapshot !== null && expectedSnapshot !== before) {
      return refused(refusal('snapshot_conflict', `in force is ${before ?? 'nothing'}`));
    }
    const second = this.#needsSecond(actor, bundleIds);
    if (second !== null) return refused(second);
    const bundles = this.#published(bundleIds);
    if (!bundles.ok) return refused(bundles.error);
    const made = makePolicy(bundles.value);
    if (!made.ok) return refused(made.error);
    const { snapshot } = made.value;
    const id = snapshotId(snapshot, now);
    const body = {
      snapshot_before: before,
      snapshot_after: snapshot,
      snapshot_id: id,
      bundle_ids: bundles.value.map((bundle) => bundle.id),
      published: bundleIds,
      message,
      note,
    };
    const change = { before: this.#documents.policy?.hash ?? null, after: documentHash(made.value.content) };
    return {
      entries: [act('cap.policy_published', actor, body, change)],
      apply: ([sealed]) => {
        const seq = sealed?.seq ?? 0;
        this.#keepSources(bundles.value);
        const known = this.#documents.version('policy', snapshot);
        if (known !== null) this.#documents.activate('policy', snapshot, known.hash);
        else {
          const terms = { forced: false, by: actor.id, now, seq };
          this.#documents.putIntoForce('policy', snapshot, made.value.content, terms);
        }
        const said = { author: author || actor.id, note: note || message };
        this.#keepSnapshot(id, snapshot, made.value, bundles.value, said, { now, seq });
      },
      reply: ([sealed]) =>
        recorded(
          {
            snapshot_before: before,
            snapshot_after: snapshot,
            published: bundleIds,
            snapshot_id: id,
            warnings: made.value.findings(),
            receipt_id: sealed?.entry.receipt_id ?? null,
          },
          sealed,
        ),
    };
  }

  /** Two pairs of eyes, where the tenant wants them: whoever saved a bundle does not publish it. */
  #needsSecond(actor: Actor, bundleIds: readonly string[]): Refusal | null {
    if (this.#documents.settings.compiled.policy_second_person !== true) return null;
    const me = this.#personOf(actor);
    const own = bundleIds.find((id) => {
      const savedBy = this.#row(id)?.saved_by;
      // Only a key has somebody else behind it.
      return savedBy !== undefined && this.#personOf({ kind: 'service', id: savedBy }) === me;
    });
    return own === undefined ? null : refusal('second_person_required', `${own} was saved by the same person`);
  }

  planRollback(command: Command & { kind: 'policy.rollback' }, actor: Actor): Plan<CommandReply> {
    const row = this.#snapshotRow(command.snapshot);
    if (row === null) return refused(refusal('not_found', 'no snapshot of that id or hash'));
    const before = this.snapshot();
    const value = { snapshot_before: before, snapshot_after: row.snapshot, rollback_to: row.id };
    if (before === row.snapshot) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [
        act(
          'cap.policy_rolled_back',
          actor,
          { ...value, message: command.message },
          { before: this.#documents.policy?.hash ?? null, after: row.hash },
        ),
      ],
      apply: () => this.#documents.activate('policy', row.version, row.hash),
      reply: ([sealed]) => recorded({ ...value, receipt_id: sealed?.entry.receipt_id ?? null }, sealed),
    };
  }

  /** A policy that is asked beside the one in force, about every decision since it was set up; it decides nothing. */
  shadow(bundleId: string): JsonObject | null {
    const query = 'SELECT * FROM policy_shadows WHERE bundle_id = ?';
    const row = this.#ledger.sql.exec<ShadowRow>(query, bundleId).toArray()[0];
    return row === undefined ? null : this.#shownShadow(row);
  }

  shadows(): JsonObject {
    const rows = this.#ledger.sql.exec<ShadowRow>('SELECT * FROM policy_shadows ORDER BY bundle_id').toArray();
    const items = rows.map((row) => {
      const { content: _content, document: _document, ...item } = this.#shownShadow(row);
      return item;
    });
    return { items, count: items.length };
  }

  #shownShadow(row: ShadowRow): JsonObject {
    return {
      shadow_bundle_id: row.shadow_id,
      bundle_id: row.bundle_id,
      content: JSON.parse(this.#ledger.contents.text(row.source) ?? '""') as string,
      document: JSON.parse(this.#ledger.contents.text(row.document) ?? '{}') as JsonObject,
      metadata: JSON.parse(row.metadata) as JsonValue,
      created_at: iso(row.created_at),
      activated_at: iso(row.created_at),
      created_by: row.created_by,
      from_seq: row.from_seq,
    };
  }

  #shadowSource(bundleId: string): string | null {
    const query = 'SELECT source FROM policy_shadows WHERE bundle_id = ?';
    return this.#ledger.sql.exec<{ source: string }>(query, bundleId).toArray()[0]?.source ?? null;
  }

  planShadow(command: Command & { kind: 'policy.shadow' }, actor: Actor, moment: Moment): Plan<CommandReply> {
    const { bundleId, text, document, metadata } = command;
    const made = this.candidate([{ id: bundleId, text, document }]);
    if (!made.ok) return refused(made.error);
    const source = sourceContent(text);
    const kept = canonicalJson(document);
    const shadowId = `shadow_${moment.newId()}`;
    const nowMs = Math.floor(moment.now / 1000);
    const body = { bundle_id: bundleId, shadow_bundle_id: shadowId, source: source.hash, sha256: sha256Hex(text) };
    const change = { before: this.#shadowSource(bundleId), after: source.hash };
    return {
      entries: [act('hall.policy.shadow', actor, body, change)],
      apply: ([sealed]) => {
        this.#ledger.contents.keep(source.hash, source.text);
        this.#ledger.contents.keep(sha256Hex(kept), kept);
        this.#ledger.sql.exec(
          `INSERT OR REPLACE INTO policy_shadows
           (bundle_id, shadow_id, source, document, metadata, created_by, created_at, from_seq)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          bundleId,
          shadowId,
          source.hash,
          sha256Hex(kept),
          JSON.stringify(metadata),
          actor.id,
          nowMs,
          (sealed?.seq ?? 0) + 1,
        );
      },
      reply: ([sealed]) =>
        recorded(
          {
            shadow_bundle_id: shadowId,
            bundle_id: bundleId,
            content: text,
            metadata,
            created_at: iso(nowMs),
            activated_at: iso(nowMs),
            created_by: actor.id,
          },
          sealed,
        ),
    };
  }

  planUnshadow({ bundleId }: Command & { kind: 'policy.unshadow' }, actor: Actor): Plan<CommandReply> {
    const known = this.shadow(bundleId);
    if (known === null) return refused(refusal('not_found'));
    const body = { bundle_id: bundleId, shadow_bundle_id: known.shadow_bundle_id ?? null, deleted: true };
    return {
      entries: [act('hall.policy.shadow', actor, body, { before: this.#shadowSource(bundleId), after: null })],
      apply: () => {
        this.#ledger.sql.exec('DELETE FROM policy_shadows WHERE bundle_id = ?', bundleId);
      },
      reply: ([sealed]) => recorded({ bundle_id: bundleId, deleted: true }, sealed),
    };
  }

  planSnapshot({ note, author }: Command & { kind: 'policy.snapshot' }, actor: Actor, now: number): Plan<CommandReply> {
    const { policy } = this.#documents;
    const hash = this.snapshot();
    if (policy === null || hash === null) return refused(refusal('not_found', 'no policy is published'));
    const id = snapshotId(hash, now);
    const bundles = this.#inForce();
    return {
      entries: [
        act(
          'hall.policy.snapshot',
          actor,
          { snapshot_id: id, snapshot_after: hash, note },
          { before: policy.hash, after: policy.hash },
        ),
      ],
      apply: ([sealed]) => {
        const at = { now, seq: sealed?.seq ?? 0 };
        this.#keepSnapshot(id, policy.version, { snapshot: hash }, bundles, { author: author || actor.id, note }, at);
      },
      reply: ([sealed]) => recorded({ id, hash, bundle_ids: bundles.map((bundle) => bundle.id) }, sealed),
    };
  }

  /** One policy published whole (`PUT /v1/policies`): the bundle `main`, beside whatever other bundles are in force. */
  planWhole(command: Command & { kind: 'document.publish' }, actor: Actor, now: number): Plan<CommandReply> {
    const judged = judgePolicy(command.content);
    if (!judged.ok) return refused(judged.error);
    const document = command.content as JsonObject;
    const main = { id: MAIN, text: command.text ?? canonicalJson(document), document };
    if (this.#documents.settings.compiled.policy_second_person === true) {
      return refused(refusal('second_person_required', 'save it as a bundle, and have somebody else publish it'));
    }
    const bundles = [...this.#inForce().filter(({ id }) => id !== MAIN), main];
    const made = makePolicy(bundles, true);
    if (!made.ok) return refused(made.error);
    const { snapshot, rules, findings, content } = made.value;
    // What stands alone goes by the name that its author gave it.
    const named = made.value.version ?? command.version ?? String(document.policy_version);
    const known = made.value.version === null ? null : this.#documents.version('policy', named);
    const before = this.#documents.policy?.version;
    const plan = this.#documents.planVersion(
      {
        kind: 'policy',
        version: named,
        content,
        ...(known === null ? {} : { hash: known.hash }),
        force: command.force,
        value: { rules, warnings: findings().map(({ message }) => message ?? ''), policy_snapshot: snapshot },
      },
      actor,
      now,
    );
    if (plan.entries.length === 0 || before === named) return plan;
    return {
      ...plan,
      apply: (sealed) => {
        this.#keepSources(bundles);
        plan.apply?.(sealed);
        const at = { now, seq: sealed[0]?.seq ?? 0 };
        this.#keepSnapshot(snapshotId(snapshot, now), named, made.value, bundles, { author: actor.id, note: '' }, at);
      },
    };
  }

  #keepSources(bundles: readonly ForceBundle[]): void {
    for (const { text } of bundles) {
      const source = sourceContent(text);
      this.#ledger.contents.keep(source.hash, source.text);
    }
  }

  #keepSnapshot(
    id: string,
    version: string,
    { snapshot }: Pick<MadePolicy, 'snapshot'>,
    bundles: readonly ForceBundle[],
    said: { readonly author: string; readonly note: string },
    at: { readonly now: number; readonly seq: number },
  ): void {
    this.#ledger.sql.exec(
      `INSERT OR REPLACE INTO policy_snapshots (id, version, hash, snapshot, bundle_ids, author, note, created_at, seq)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      version,
      this.#documents.policy?.hash ?? '',
      snapshot,
      JSON.stringify(bundles.map((bundle) => bundle.id).sort()),
      said.author,
      said.note,
      Math.floor(at.now / 1000),
      at.seq,
    );
  }
}
