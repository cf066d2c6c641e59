/** Reports and appeals: said by a tenant, kept in its ledger, and shown to the operator, who alone bans (WCP 5.3). */
import type { TenantId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { type Refusal, refusal } from '../core/refusal.ts';
import type { BanReport, BanTarget } from '../core/registry/ban.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Idempotency } from '../ledger/commit.ts';
import { listedAppeals, listedReport, listedReports, type ReportListing } from '../registry/ban-claims.ts';
import type { Command } from '../tenant/commands.ts';
import { issueVia, listed } from './bans.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';
import { changeNetwork } from './network.ts';
import { project } from './projections.ts';
import { submitOne } from './submit.ts';

/** The same hash reported again is the same report. */
export const reportArtifact = async (
  deps: Deps,
  caller: Caller,
  { sha256, reason, evidence_url }: BanReport,
): Promise<Result<JsonObject, Refusal>> => {
  const made = await claim(deps, caller, { kind: 'ban.report', sha256, reason, evidenceUrl: evidence_url ?? null });
  return made.ok ? ok({ ok: true, report_id: made.value, review_status: 'pending' }) : made;
};

export const appealBan = async (
  deps: Deps,
  caller: Caller,
  banId: string,
  text: string,
): Promise<Result<JsonObject, Refusal>> => {
  const ban = await deps.network().one(banId);
  const target = (ban?.target ?? null) as unknown as BanTarget | null;
  const isLifted = ban !== null && ban.lifted_at !== null;
  const made = await claim(deps, caller, { kind: 'ban.appeal', banId, target, isLifted, text });
  return made.ok ? ok({ appeal_id: made.value, ban_id: banId, review_status: 'pending' }) : made;
};

const claim = async (deps: Deps, caller: Caller, command: Command): Promise<Result<string, Refusal>> => {
  const submitted = await submitOne(deps, caller, command);
  if (!submitted.ok) return submitted;
  const { reply } = submitted.value;
  if (reply.kind !== 'recorded') return err(refusal('internal_error'));
  await shownSoon(deps, caller.tenant);
  return ok(String(reply.value.id));
};

/** The operator's list is a copy of the ledger: where it cannot be brought up now, the cron does it. */
const shownSoon = async (deps: Deps, tenant: TenantId): Promise<void> => {
  await project(deps, tenant).catch((error: unknown) => {
    console.error(JSON.stringify({ level: 'error', at: 'project', tenant, error: String(error) }));
  });
};

/** For the operator. The cursor is `<reported_at>.<report_id>` of the last. */
export const reports = async (
  deps: Deps,
  onlyPending: boolean,
  cursor: string | null,
  limit: number,
): Promise<JsonObject> => {
  const [at = '', id = ''] = cursor?.split('.', 2) ?? [];
  const page = await listedReports(deps.db, onlyPending, cursor === null ? null : { at: Number(at), id }, limit);
  const last = page.at(-1);
  return {
    reports: page.map(shown),
    count: page.length,
    next_cursor: last === undefined || page.length < limit ? null : `${last.reportedAt}.${last.reportId}`,
  };
};

const shown = (report: ReportListing): JsonObject => ({
  report_id: report.reportId,
  tenant: report.tenantId,
  sha256: report.sha256,
  reason: report.reason,
  evidence_url: report.evidenceUrl,
  reported_at: new Date(report.reportedAt).toISOString(),
  review_status: report.verdict ?? 'pending',
});

/** Issues the ban; `reason` is what everybody will read, else that of the report. */
export const confirmReport = async (
  deps: Deps,
  reportId: string,
  reason: string | null,
  idempotency: Idempotency | null,
): Promise<Result<JsonObject, Refusal>> => {
  const report = await listedReport(deps.db, reportId);
  if (report === null) return err(refusal('not_found'));
  const ban = {
    target: { sha256: report.sha256 },
    reason: reason ?? report.reason,
    ...(report.evidenceUrl === null ? {} : { evidence_url: report.evidenceUrl }),
  };
  return issueVia(deps, { kind: 'report.confirm', reportId, ban }, idempotency);
};

export const dismissReport = async (
  deps: Deps,
  reportId: string,
  reason: string,
  idempotency: Idempotency | null,
): Promise<Result<JsonObject, Refusal>> => {
  if ((await listedReport(deps.db, reportId)) === null) return err(refusal('not_found'));
  const dismissed = await changeNetwork(deps, { kind: 'report.dismiss', reportId, reason }, idempotency);
  if (dismissed.ok) await listed(deps);
  return dismissed;
};

export const appeals = async (deps: Deps, banId: string): Promise<Result<JsonObject, Refusal>> => {
  if ((await deps.network().one(banId)) === null) return err(refusal('not_found'));
  const rows = await listedAppeals(deps.db, banId);
  return ok({
    appeals: rows.map(({ appealId, tenantId, text, madeAt }) => ({
      appeal_id: appealId,
      tenant: tenantId,
      text,
      made_at: new Date(madeAt).toISOString(),
    })),
    count: rows.length,
  });
};
