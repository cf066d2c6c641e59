/**
 * Profiles of the tenant: its own documents, which of all are active and where, and the one posture that this makes. An
 * activation strengthens and takes one person; taking a profile out takes a second one, within a day.
 */
import type { Actor } from '../core/caller.ts';
import { canonicalJson } from '../core/canonical.ts';
import type { Settings } from '../core/hall/settings.ts';
import { sha256Hex } from '../core/hash.ts';
import type { Jurisdiction } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { changeOf } from '../core/ledger/change.ts';
import { activate, deactivate, type KnownProfile, withBases } from '../core/profile/activation.ts';
import { BUILT_IN, builtIn } from '../core/profile/built-in/all.ts';
import { isOwnAuthority, readProfile } from '../core/profile/document.ts';
import { effectiveFloors } from '../core/profile/effective.ts';
import {
  compilePosture,
  NO_POSTURE,
  nameOf,
  type Posture,
  type PostureDocument,
  readPosture,
} from '../core/profile/posture.ts';
import { type FieldError, type Refusal, refusal } from '../core/refusal.ts';
import { resolveId } from '../core/registry/catalog/entity.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Ledger, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply, ProfileRequest } from './commands.ts';
import { act, type PersonOf, recorded, refused, type TenantMemo } from './plan.ts';

/** Its row among the documents in force. */
export const PROFILES = 'profiles';
const REMOVAL_TTL_MS = 24 * 3600 * 1000;

interface ProfileRow {
  readonly [column: string]: SqlStorageValue;
  readonly profile_id: string;
  readonly version: string;
  readonly hash: string;
}

interface RemovalRow {
  readonly [column: string]: SqlStorageValue;
  readonly profile: string;
  readonly asked_kind: string;
  readonly asked_id: string;
  readonly asked_at: number;
}

export class Profiles {
  readonly #ledger: Ledger<TenantMemo>;
  readonly #personOf: PersonOf;
  readonly #jurisdiction: Jurisdiction | null;
  posture: Posture = NO_POSTURE;

  /** `personOf`: who is behind a credential; `jurisdiction`: where this tenant is kept. */
  constructor(ledger: Ledger<TenantMemo>, personOf: PersonOf, jurisdiction: Jurisdiction | null) {
    this.#ledger = ledger;
    this.#jurisdiction = jurisdiction;
    this.#personOf = personOf;
  }

  reload(): void {
    const row = this.#ledger.sql
      .exec<{ hash: string }>('SELECT hash FROM in_force WHERE kind = ?', PROFILES)
      .toArray()[0];
    this.posture = row === undefined ? NO_POSTURE : this.#restored(row.hash);
  }

  #restored(hash: string): Posture {
    const document = readPosture(this.#content(hash));
    if (document === undefined) throw new Error('the posture in force cannot be read');
    return compilePosture(hash, document, (of) => {
      const read = readProfile(this.#content(of));
      if (!read.ok) throw new Error('an active profile cannot be read');
      return read.value;
    });
  }

  #content(hash: string): unknown {
    const text = this.#ledger.contents.text(hash);
    if (text === null) throw new Error('a profile in force has no content');
    return JSON.parse(text);
  }

  /** Built in, or the tenant's own. */
  find(asked: string, version: string | null): KnownProfile | null {
    const profileId = resolveId(asked);
    const known = builtIn(profileId, version);
    if (known !== null) return known;
    const rows = this.#ledger.sql
      .exec<ProfileRow>(
        'SELECT profile_id, version, hash FROM profiles WHERE profile_id = ? ORDER BY seq DESC',
        profileId,
      )
      .toArray();
    const row = version === null ? rows[0] : rows.find((one) => one.version === version);
    return row === undefined ? null : this.#own(row.hash);
  }

  #own(hash: string): KnownProfile | null {
    const text = this.#ledger.contents.text(hash);
    const read = text === null ? null : readProfile(JSON.parse(text));
    return text !== null && read?.ok === true ? { hash, text, profile: read.value } : null;
  }

  #named = (name: string): KnownProfile | null => {
    const [profileId = '', version = ''] = name.split('@');
    return this.find(profileId, version);
  };

  planCopy(command: Command & { kind: 'profile.copy' }, actor: Actor, now: number): Plan<CommandReply> {
    const original = this.find(command.profileId, command.version);
    if (original === null) return refused(refusal('not_found', 'no profile of that name'));
    const content = { ...(JSON.parse(original.text) as JsonObject), ...command.changes };
    return this.planPublish({ kind: 'profile.publish', content }, actor, now);
  }

  planPublish(command: Command & { kind: 'profile.publish' }, actor: Actor, now: number): Plan<CommandReply> {
    const { content } = command;
    const judged = this.#judge(content);
    if (!judged.ok) return refused(judged.error);
    const { profile_id: profileId, version } = judged.value.profile;
    const { text, hash } = judged.value;
    const known = this.find(profileId, version);
    if (known !== null && known.hash !== hash) return refused(refusal('profile_version_reused', `version ${version}`));
    const value = { profile_id: profileId, version, hash };
    if (known !== null) return { entries: [], reply: () => recorded(value, null) };
    return {
      entries: [act('hall.profile.published', actor, value, { before: null, after: hash })],
      apply: ([sealed]) => {
        this.#ledger.contents.keep(hash, text);
        this.#ledger.sql.exec(
          'INSERT INTO profiles (profile_id, version, hash, published_at, published_by, seq) VALUES (?, ?, ?, ?, ?, ?)',
          profileId,
          version,
          hash,
          Math.floor(now / 1000),
          actor.id,
          sealed?.seq ?? 0,
        );
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  #judge(content: JsonObject): Result<KnownProfile, Refusal> {
    const read = readProfile(content);
    const faults: readonly FieldError[] = read.ok
      ? [
          ...(isOwnAuthority(read.value.profile_id)
            ? [{ field: '/profile_id', message: 'prof. and org.guildhall. are not yours to publish under' }]
            : []),
          ...read.value.extends
            .filter((name) => this.#named(name) === null)
            .map((name) => ({ field: '/extends', message: `there is no profile ${name}` })),
        ]
      : read.error;
    if (!read.ok || faults.length > 0) {
      return err(refusal('profile_invalid', faults[0] && `${faults[0].field}: ${faults[0].message}`, faults));
    }
    const text = canonicalJson(content);
    return ok({ hash: sha256Hex(text), text, profile: read.value });
  }

  /** The posture with the profile in it, and all documents that it names. */
  #withProfile({
    profileId,
    version,
    terms,
  }: ProfileRequest): Result<
    { readonly known: KnownProfile; readonly document: PostureDocument; readonly texts: readonly KnownProfile[] },
    Refusal
  > {
    const known = this.find(profileId, version);
    if (known === null) return err(refusal('not_found', 'no profile of that name'));
    const profiles = withBases(known, this.#named);
    const elsewhere = profiles.find(({ known: { profile } }) => !this.#isKeptWhere(profile));
    if (elsewhere !== undefined) {
      const { profile_id, residency } = elsewhere.known.profile;
      return err(refusal('tenant_elsewhere', `${profile_id} is for tenants kept in ${residency?.jurisdiction ?? ''}`));
    }
    const document = activate(this.posture.document, profiles, terms);
    if (document === null) return err(refusal('profile_active', 'these terms would weaken it: deactivate it first'));
    return ok({ known, document, texts: profiles.map((one) => one.known) });
  }

  #isKeptWhere({ residency }: KnownProfile['profile']): boolean {
    return residency === undefined || residency.jurisdiction === this.#jurisdiction;
  }

  planActivate(command: Command & { kind: 'profile.activate' }, actor: Actor): Plan<CommandReply> {
    const planned = this.#withProfile(command);
    if (!planned.ok) return refused(planned.error);
    const { known, document, texts } = planned.value;
    const { profile_id, version } = known.profile;
    const text = canonicalJson(document);
    const hash = sha256Hex(text);
    const value = { profile_id, version, hash: known.hash, status: 'active', posture: hash };
    if (hash === this.posture.hash) return this.#keep(nameOf(known.profile), value, actor);
    const { envs, overrides } = command.terms;
    return {
      entries: [
        act(
          'hall.profile.activated',
          actor,
          {
            profile_id,
            version,
            hash: known.hash,
            envs: envs === null ? null : [...envs],
            overrides: [...overrides],
            posture: hash,
          },
          { before: this.#postureHash(), after: hash },
        ),
      ],
      apply: () => {
        for (const one of texts) this.#ledger.contents.keep(one.hash, one.text);
        this.#forgetRemoval(nameOf(known.profile));
        this.#use(hash, text);
      },
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  /** Asking again for what holds already takes back a request to remove it. */
  #keep(name: string, value: JsonObject, actor: Actor): Plan<CommandReply> {
    const query = 'SELECT profile, asked_kind, asked_id, asked_at FROM profile_removals WHERE profile = ?';
    const rows = this.#ledger.sql.exec<RemovalRow>(query, name).toArray();
    if (rows.length === 0) return { entries: [], reply: () => recorded(value, null) };
    const { profile_id, version, hash } = value;
    const body = { profile_id: profile_id ?? null, version: version ?? null, hash: hash ?? null };
    return {
      entries: [act('hall.profile.removal_withdrawn', actor, body, changeOf({ ...rows[0] }, null))],
      apply: () => this.#forgetRemoval(name),
      reply: ([sealed]) => recorded(value, sealed),
    };
  }

  planDeactivate(command: Command & { kind: 'profile.deactivate' }, actor: Actor, now: number): Plan<CommandReply> {
    const profileId = resolveId(command.profileId);
    const active = this.posture.document.profiles.find(
      (one) =>
        one.profile_id === profileId &&
        one.via === undefined &&
        (command.version === null || one.version === command.version),
    );
    if (active === undefined) return refused(refusal('not_found', 'no such profile is active'));
    const name = nameOf(active);
    const nowMs = Math.floor(now / 1000);
    const pending = this.#removal(name, nowMs);
    const { profile_id, version, hash: profileHash } = active;
    const value = { profile_id, version, hash: profileHash };
    if (pending === null) {
      const expiresAt = new Date(nowMs + REMOVAL_TTL_MS).toISOString();
      const asked: RemovalRow = { profile: name, asked_kind: actor.kind, asked_id: actor.id, asked_at: nowMs };
      const change = changeOf(null, asked);
      return {
        entries: [act('hall.profile.removal_requested', actor, { ...value, expires_at: expiresAt }, change)],
        apply: () =>
          this.#ledger.sql.exec(
            'INSERT OR REPLACE INTO profile_removals (profile, asked_kind, asked_id, asked_at) VALUES (?, ?, ?, ?)',
            name,
            asked.asked_kind,
            asked.asked_id,
            nowMs,
          ),
        reply: ([sealed]) => recorded({ ...value, status: 'removal_requested', expires_at: expiresAt }, sealed),
      };
    }
    const asked: Actor = { kind: pending.asked_kind as Actor['kind'], id: pending.asked_id };
    if (this.#personOf(asked) === this.#personOf(actor)) {
      return refused(refusal('second_person_required', 'somebody else has to agree'));
    }
    const document = deactivate(this.posture.document, name);
    const text = canonicalJson(document);
    const hash = sha256Hex(text);
    return {
      entries: [
        act(
          'hall.profile.deactivated',
          actor,
          { ...value, requested_by: { kind: asked.kind, id: asked.id }, posture: hash },
          { before: this.#postureHash(), after: hash },
        ),
      ],
      apply: () => {
        this.#forgetRemoval(name);
        this.#use(hash, text);
      },
      reply: ([sealed]) => recorded({ ...value, status: 'inactive', posture: hash }, sealed),
    };
  }

  #postureHash(): string | null {
    return this.posture.hash === '' ? null : this.posture.hash;
  }

  #use(hash: string, text: string): void {
    this.#ledger.contents.keep(hash, text);
    this.#ledger.sql.exec(
      'INSERT OR REPLACE INTO in_force (kind, version, hash) VALUES (?, ?, ?)',
      PROFILES,
      hash.slice(0, 12),
      hash,
    );
    this.posture = this.#restored(hash);
  }

  #removal(name: string, nowMs: number): RemovalRow | null {
    const row = this.#ledger.sql
      .exec<RemovalRow>('SELECT * FROM profile_removals WHERE profile = ?', name)
      .toArray()[0];
    return row !== undefined && row.asked_at + REMOVAL_TTL_MS > nowMs ? row : null;
  }

  #forgetRemoval(name: string): void {
    this.#ledger.sql.exec('DELETE FROM profile_removals WHERE profile = ?', name);
  }

  /** The posture as it would be; nothing changes. */
  wouldBe(request: ProfileRequest): Result<{ readonly known: KnownProfile; readonly posture: Posture }, Refusal> {
    const planned = this.#withProfile(request);
    if (!planned.ok) return planned;
    const { known, document, texts } = planned.value;
    const byHash = new Map(texts.map((one) => [one.hash, one.profile]));
    const text = canonicalJson(document);
    const posture = compilePosture(sha256Hex(text), document, (hash) => {
      const arriving = byHash.get(hash);
      const own = arriving === undefined ? this.#own(hash) : null;
      const profile = arriving ?? own?.profile;
      if (profile === undefined) throw new Error('an active profile cannot be read');
      return profile;
    });
    return ok({ known, posture });
  }

  list(): JsonObject {
    const own = this.#ledger.sql
      .exec<ProfileRow>('SELECT profile_id, version, hash FROM profiles ORDER BY profile_id, seq')
      .toArray()
      .flatMap(({ hash }) => this.#own(hash) ?? []);
    const profiles = [
      ...BUILT_IN.map((known) => this.#listed(known, 'built_in')),
      ...own.map((known) => this.#listed(known, 'own')),
    ];
    return { profiles, count: profiles.length };
  }

  #listed({ profile, hash }: KnownProfile, source: 'built_in' | 'own'): JsonObject {
    const active = this.posture.document.profiles.find((one) => one.hash === hash);
    return {
      profile_id: profile.profile_id,
      version: profile.version,
      title: profile.title,
      hash,
      source,
      framework: profile.framework?.name ?? null,
      active: active !== undefined,
    };
  }

  one(profileId: string, version: string | null): JsonObject | null {
    const known = this.find(profileId, version);
    if (known === null) return null;
    const { profile, hash, text } = known;
    const active = this.posture.document.profiles.filter((one) => one.hash === hash);
    return {
      profile_id: profile.profile_id,
      version: profile.version,
      hash,
      document: JSON.parse(text) as JsonObject,
      active: active.map((one) => ({ envs: one.envs ?? null, overrides: one.overrides ?? [], via: one.via ?? null })),
      statement: 'supports evidence for the controls it maps; it certifies nothing',
    };
  }

  active(settings: Settings): JsonObject {
    const { document } = this.posture;
    const removals = this.#ledger.sql.exec<RemovalRow>('SELECT * FROM profile_removals ORDER BY profile').toArray();
    return {
      posture: this.#postureHash(),
      profiles: document.profiles.map((one) => ({
        profile_id: one.profile_id,
        version: one.version,
        hash: one.hash,
        envs: one.envs ?? null,
        overrides: one.overrides ?? [],
        via: one.via ?? null,
      })),
      removals: removals
        .filter((row) => this.#removal(row.profile, this.#ledger.nowMs()) !== null)
        .map((row) => ({
          profile: row.profile,
          requested_by: { kind: row.asked_kind, id: row.asked_id },
          expires_at: new Date(row.asked_at + REMOVAL_TTL_MS).toISOString(),
        })),
      effective: effectiveFloors(this.posture, settings),
    };
  }
}
