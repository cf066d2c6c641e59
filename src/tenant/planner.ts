/** Which part of a tenant plans which command; what a plan is, and what becomes of it, see `ledger/commit.ts`. */
import type { Actor } from '../core/caller.ts';
import type { Moment, Plan } from '../ledger/commit.ts';
import type { Command, CommandReply, Credential } from './commands.ts';
import type { Parts } from './parts.ts';
import { alsoIn } from './plan.ts';

/** `credential` was judged already, and is `actor`. */
export function planCommand(
  parts: Parts,
  command: Command,
  actor: Actor,
  credential: Credential,
  moment: Moment,
): Plan<CommandReply> {
  const { now, seq } = moment;
  const nowMs = Math.floor(now / 1000);
  switch (command.kind) {
    case 'route':
      return parts.hall.plan(command, actor, moment);
    case 'dispatch.start':
      return parts.dispatches.planStart(command, actor, now);
    case 'dispatch.finish':
      return parts.dispatches.planFinish(command, actor, now);
    case 'worker.enrol':
      return parts.workers.planEnrol(command, actor, moment);
    case 'worker.retire':
      return parts.workers.planRetire(command, actor, moment);
    case 'worker.attest':
      return parts.attesting.planAttest(command, actor, moment);
    case 'authority.subscribe':
      return parts.authorities.planSubscribe(command, actor);
    case 'authority.unsubscribe':
      return parts.authorities.planUnsubscribe(command, actor);
    case 'authority.import':
      return parts.authorities.planImport(command, actor, now);
    case 'attestation.keys':
      return parts.attesting.planKeys(command, actor);
    case 'attestation.secret':
      return parts.attesting.planSecret(command, actor);
    case 'worker.heartbeat':
      return parts.workers.planHeartbeat(command, actor, now);
    case 'document.publish':
      return command.document === 'policy'
        ? parts.policies.planWhole(command, actor, now)
        : parts.documents.planPublish(command, actor, now);
    case 'policy.evaluate':
      return parts.policy.planEvaluate(command, actor, moment);
    case 'policy.shadow':
      return parts.policies.planShadow(command, actor, moment);
    case 'policy.unshadow':
      return parts.policies.planUnshadow(command, actor);
    case 'policy.snapshot':
      return parts.policies.planSnapshot(command, actor, now);
    case 'policy.save':
      return parts.policies.planSave(command, actor, now);
    case 'policy.delete':
      return parts.policies.planDelete(command, actor);
    case 'policy.publish':
      return parts.policies.planPublish(command, actor, now);
    case 'policy.rollback':
      return parts.policies.planRollback(command, actor);
    case 'document.rollback':
      return parts.documents.planRollback(command, actor);
    case 'approval.resolve':
      return parts.answers.planResolve(command, actor, credential, moment);
    case 'approval.escalate':
      return parts.answers.planEscalate(command, actor, now);
    case 'approval.reevaluate':
      return parts.answers.planReevaluate(command, moment);
    case 'approval.outcome':
      return parts.answers.planOutcome(command, actor);
    case 'passkey.register':
      return parts.passkeys.planRegister(command, actor, credential, now);
    case 'passkey.revoke':
      return parts.passkeys.planRevoke(command, actor, parts.keys.administers(credential), now);
    case 'job.submit':
      return parts.jobs.planSubmit(command, actor, moment);
    case 'job.cancel':
      return parts.jobs.planCancel(command, actor, moment);
    case 'settings.patch':
      return alsoIn(parts.documents.planSettings(command, actor, seq), () => parts.dispatches.rewatch(now));
    case 'tenant.create':
      return parts.info.planCreate(command, actor, now, () => {
        parts.documents.initialise();
      });
    case 'ban.issue':
      return parts.bans.planIssue(command, actor, moment);
    case 'ban.lift':
      return parts.bans.planLift(command, actor, nowMs);
    case 'ban.report':
      return parts.banClaims.planReport(command, actor, moment);
    case 'ban.appeal':
      return parts.banClaims.planAppeal(command, actor, moment);
    case 'namespace.learn':
      return parts.namespaces.planLearn(command, actor, now, () => parts.workers.revocation(command.namespace, actor));
    case 'profile.publish':
      return parts.profiles.planPublish(command, actor, now);
    case 'profile.copy':
      return parts.profiles.planCopy(command, actor, now);
    case 'profile.activate':
      return parts.profiles.planActivate(command, actor);
    case 'profile.deactivate':
      return parts.profiles.planDeactivate(command, actor, now);
    case 'catalog.adopt':
      return parts.catalog.planAdopt(command, actor);
    case 'signatory.register':
      return parts.signatories.planRegister(command, parts.keys.termsOf(credential), actor, moment);
    case 'signatory.replace':
      return parts.signatories.planReplace(command, parts.keys.termsOf(credential), actor, now);
    case 'signatory.remove':
      return parts.signatories.planRemove(command, actor);
    case 'tenant.offline':
      return parts.info.planOffline(command, actor);
    case 'member.change':
      return parts.members.planChange(command, credential, actor, nowMs);
    case 'tenant.close':
      return parts.info.planClose(command, actor);
    case 'tenant.erase':
      return alsoIn(parts.info.planErase(command), () => parts.keys.reload());
    case 'tenant.limit':
      return parts.info.planLimit(command, actor);
    case 'tenant.standing':
      return parts.info.planStanding(command, actor);
    case 'decision.import':
      return parts.imported.planImport(command, actor, moment);
    case 'usage.report':
      return parts.usage.planReport(command, now);
    case 'key.create':
      return parts.keyChanges.planCreate(command, credential, actor, nowMs);
    case 'key.rotate':
      return parts.keyChanges.planRotate(command, credential, actor, nowMs);
    case 'key.revoke':
      return parts.keyChanges.planRevoke(command, actor, nowMs);
    case 'key.leaked':
      return parts.keyChanges.planLeaked(command, actor, nowMs);
    case 'webhook.create':
      return parts.webhooks.planCreate(command, actor, nowMs);
    case 'webhook.change':
      return alsoIn(parts.webhooks.planChange(command, actor), () => parts.deliveries.changed());
    case 'webhook.rotate':
      return parts.webhooks.planRotate(command, actor, nowMs);
    case 'webhook.delete':
      return alsoIn(parts.webhooks.planDelete(command, actor), () => parts.deliveries.changed());
    case 'webhook.test':
      return parts.webhooks.planTest(command, actor);
    case 'webhook.replay':
      return parts.deliveries.planReplay(command, actor, parts.ledger.nowMs());
    case 'webhook.claim':
      return parts.deliveries.planClaim(parts.ledger.nowMs());
    case 'webhook.report':
      return parts.deliveries.planReport(command, parts.ledger.nowMs());
    case 'tick':
      return tick(parts, moment);
  }
}

/** The alarm: whatever is due. Coming early, late or twice, it does no harm. */
function tick(parts: Parts, moment: Moment): Plan<CommandReply> {
  const { now } = moment;
  if (parts.bans.mustEnforce()) return parts.dispatches.planBanned(now);
  const notices = parts.banNotices.planDue();
  if (notices !== null) return notices;
  const answered = parts.answers.planDue(moment);
  if (answered !== null) return answered;
  const over = parts.jobs.planDue(moment);
  if (over !== null) return over;
  return alsoIn(parts.dispatches.planSweep(now), () => {
    parts.ledger.purgeReplies();
    parts.velocity.sweep(now);
    parts.usedTokens.purge();
  });
}
