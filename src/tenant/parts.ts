/**
 * What one tenant is made of, each part built after those it leans on. State is in SQLite; what a part remembers is a
 * cache of it, read again at wake-up and after a commit that failed.
 */
import { type Jurisdiction, jurisdictionOf, parseTenantId } from '../core/ids.ts';
import { Anchor } from '../ledger/anchor.ts';
import { Ledger } from '../ledger/commit.ts';
import { LedgerReader } from '../ledger/reading.ts';
import { Alerts } from './alerts.ts';
import { Answers } from './answers.ts';
import { Approvals } from './approvals.ts';
import { Attestations } from './attestations.ts';
import { Attesting } from './attesting.ts';
import { Authorities } from './authorities.ts';
import { BanClaims } from './ban-claims.ts';
import { BanNotices } from './ban-notices.ts';
import { Bans } from './bans.ts';
import { TenantCatalog } from './catalog.ts';
import { Decisions } from './decisions.ts';
import { Deliveries } from './deliveries.ts';
import { Discovery } from './discovery.ts';
import { Dispatches } from './dispatches.ts';
import { Documents } from './documents.ts';
import { Explain } from './explain.ts';
import { Hall } from './hall.ts';
import { Impact } from './impact.ts';
import { Imported } from './imported.ts';
import { TenantInfo } from './info.ts';
import { JobReader } from './job-reader.ts';
import { Jobs } from './jobs.ts';
import { KeyChanges } from './key-changes.ts';
import { Keys } from './keys.ts';
import { Limits } from './limits.ts';
import { Members } from './members.ts';
import { Namespaces } from './namespaces.ts';
import { Outcomes } from './outcomes.ts';
import { Passkeys } from './passkeys.ts';
import { newMemo, type PersonOf, type TenantMemo } from './plan.ts';
import { Policies } from './policies.ts';
import { PolicyDecisions } from './policy-decisions.ts';
import { Profiles } from './profiles.ts';
import { Published } from './published.ts';
import { TENANT_SCHEMA } from './schema.ts';
import { Signatories } from './signatories.ts';
import { Trail } from './trail.ts';
import { Usage } from './usage.ts';
import { UsedTokens } from './used-tokens.ts';
import { VelocityCounters } from './velocity.ts';
import { Verification } from './verification.ts';
import { Webhooks } from './webhooks.ts';
import { Workers } from './workers.ts';

export type Parts = ReturnType<typeof partsOf>;

/** Where the tenant of this name is kept; null: anywhere. */
const keptIn = (name: string | undefined): Jurisdiction | null => {
  const tenant = parseTenantId(name ?? '');
  return tenant === null ? null : jurisdictionOf(tenant);
};

export function partsOf(ctx: DurableObjectState) {
  const ledger = new Ledger<TenantMemo>({
    ctx,
    tenant: ctx.id.name ?? ctx.id.toString(),
    schema: TENANT_SCHEMA,
    newMemo,
    reload: () => reload(),
    onSealed: (sealed) => deliveries.record(sealed),
  });
  const alerts = new Alerts(ledger.sql);
  const usedTokens = new UsedTokens(ledger);
  const signatories = new Signatories(ledger, usedTokens);
  const keys = new Keys(ledger.sql, signatories);
  const personOf: PersonOf = (actor) => keys.personOf(actor);
  const keyChanges = new KeyChanges(keys, alerts);
  const members = new Members(keys);
  const limits = new Limits(ledger);
  const info = new TenantInfo(ledger, keys);
  const documents = new Documents(ledger);
  const namespaces = new Namespaces(ledger);
  const attestations = new Attestations(ledger);
  const workers = new Workers(ledger, namespaces, attestations);
  const attesting = new Attesting(ledger, namespaces, workers, attestations);
  const catalog = new TenantCatalog(ledger);
  const profiles = new Profiles(ledger, personOf, keptIn(ctx.id.name));
  const banNotices = new BanNotices(ledger, () => workers.all());
  const bans = new Bans(ledger, () => dispatches.hasOpenWork, banNotices);
  const authorities = new Authorities(ledger, attesting, bans);
  const banClaims = new BanClaims(ledger, workers, namespaces);
  // A worker may come under a ban by what it says of itself: a record or a code hash that is banned.
  workers.onChange((fact) => {
    if (bans.bansOn(fact, ledger.nowMs())) bans.enforceSoon();
  });
  const dispatches = new Dispatches(ledger, documents, workers, bans, alerts, info);
  const usage = new Usage(ledger);
  const outcomes = new Outcomes(ledger);
  const imported = new Imported(ledger, usage);
  const policies = new Policies(ledger, documents, personOf);
  const velocity = new VelocityCounters(ledger);
  const slug = ctx.id.name ?? '';
  const policy = new PolicyDecisions(ledger, documents, policies, velocity, slug);
  const approvals = new Approvals(ledger, personOf);
  const jobs = new Jobs(ledger, documents, velocity, approvals, slug);
  const webhooks = new Webhooks(ledger);
  const deliveries = new Deliveries(ledger, webhooks, (id) => approvals.find(id)?.context ?? null);
  const hall = new Hall(
    ledger,
    documents,
    workers,
    dispatches,
    bans,
    signatories,
    alerts,
    info,
    usage,
    outcomes,
    catalog,
    velocity,
    approvals,
    profiles,
  );
  const passkeys = new Passkeys(ledger, slug);
  const { held } = hall;
  const answers = new Answers(approvals, documents, keys, passkeys, {
    hold: held,
    blast: held,
    job: jobs.waiting,
  });
  const anchor = new Anchor(ledger, (why) => alerts.raise(ledger.now(), 'sev1', 'HALL_INTEGRITY', why));
  const discovery = new Discovery(ledger, documents, workers, bans, info, catalog, profiles);
  const explain = new Explain(documents, workers, catalog);
  const decisions = new Decisions(ledger, dispatches);
  const verification = new Verification(ledger, namespaces, workers, attestations, bans);
  const published = new Published(ledger, workers, dispatches, info, usage);
  const jobReader = new JobReader(ledger, approvals, jobs, documents);
  const impact = new Impact(ledger);
  const trail = new Trail(ledger);
  const reading = new LedgerReader(ledger, anchor);

  const reload = (): void => {
    usedTokens.reload();
    signatories.reload();
    keys.reload();
    limits.reload();
    info.reload();
    documents.reload();
    velocity.reload();
    namespaces.reload();
    catalog.reload();
    profiles.reload();
    workers.reload();
    bans.reload();
    dispatches.reload();
    approvals.reload();
    webhooks.reload();
    deliveries.reload();
    alerts.reload();
    anchor.reload();
  };
  reload();
  return {
    ledger,
    alerts,
    usedTokens,
    signatories,
    keys,
    keyChanges,
    members,
    limits,
    info,
    documents,
    namespaces,
    attestations,
    workers,
    attesting,
    catalog,
    profiles,
    banNotices,
    bans,
    authorities,
    banClaims,
    dispatches,
    usage,
    outcomes,
    imported,
    policies,
    velocity,
    policy,
    approvals,
    jobs,
    webhooks,
    deliveries,
    hall,
    passkeys,
    answers,
    anchor,
    discovery,
    explain,
    decisions,
    verification,
    published,
    jobReader,
    impact,
    trail,
    reading,
  };
}
