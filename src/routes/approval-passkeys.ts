/** Passkeys with which people sign what they answer. They are apart from those that somebody signs in with. */
import { z } from 'zod';
import { PasskeyAssertion } from '../core/approval/passkey.ts';
import { myPasskeys, passkeyChallenge, registerPasskey } from '../services/approval-passkeys.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply } from './schemas.ts';

const PublicKey = z
  .string()
  .min(1)
  .max(256)
  .meta({ description: 'base64url of the SubjectPublicKeyInfo: `response.getPublicKey()` of a browser' });
const shared = { tag: 'Approvals', access: 'tenant' } as const;
const PATH = '/v1/approval-passkeys';

export const mountApprovalPasskeys = (app: App): void => {
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: `${PATH}/challenge`,
      summary: 'What a new passkey has to sign, to be registered',
      description:
        'Make the key with `navigator.credentials.create`, send its public key here, and sign the challenge with it (`navigator.credentials.get`, user verification required).',
      body: z.strictObject({ public_key: PublicKey }),
      ok: { schema: z.looseObject({ challenge: z.string(), rp_id: z.string() }) },
    },
    async ({ c, deps, caller, body }) => reply(c, await passkeyChallenge(deps, caller, body.public_key)),
  );
  mount(
    app,
    {
      ...shared,
      method: 'post',
      path: PATH,
      summary: 'Register a passkey of one’s own to sign answers with',
      description: 'By a person who signed in within the last five minutes. It is an entry of the ledger, key and all.',
      body: z.strictObject({
        name: z.string().min(1).max(100),
        public_key: PublicKey,
        assertion: PasskeyAssertion,
      }),
      ok: { status: 201, schema: ChangeReply.extend({ credential_id: z.string(), algorithm: z.string() }) },
      problems: ['step_up_required', 'answer_signature_invalid', 'already_exists', 'too_many_keys'],
    },
    async ({ c, deps, caller, body }) => reply(c, await registerPasskey(deps, caller, body), 201),
  );
  mount(
    app,
    {
      ...shared,
      method: 'get',
      path: PATH,
      summary: 'One’s own passkeys',
      ok: {
        schema: z.looseObject({
          passkeys: z.array(z.looseObject({ credential_id: z.string(), name: z.string() })),
          count: z.int(),
        }),
      },
    },
    async ({ c, deps, caller }) => reply(c, await myPasskeys(deps, caller)),
  );
  mount(
    app,
    {
      ...shared,
      method: 'delete',
      path: `${PATH}/{credential_id}`,
      summary: 'Give a passkey up; what was signed with it stays good',
      description: 'One’s own; an administrator may end anybody’s. It is never registered again.',
      idempotent: true,
      ok: { schema: ChangeReply },
      problems: ['not_found'],
    },
    (call) => run(call, { kind: 'passkey.revoke', credentialId: call.param('credential_id') }),
  );
};
