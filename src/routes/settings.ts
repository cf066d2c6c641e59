/** The floors of a Hall. */
import { z } from 'zod';
import { Settings, SettingsPatch } from '../core/hall/settings.ts';
import { ask } from '../services/ledger.ts';
import { run } from './command.ts';
import type { App } from './context.ts';
import { mount } from './factory.ts';
import { reply } from './reply.ts';
import { ChangeReply } from './schemas.ts';

export const mountSettings = (app: App): void => {
  mount(
    app,
    {
      method: 'get',
      path: '/v1/settings',
      summary: 'The floors of this Hall',
      tag: 'Settings',
      access: 'tenant',
      ok: { schema: z.looseObject({ settings: Settings, hash: z.string() }) },
    },
    async ({ c, deps, caller }) => reply(c, await ask(deps, caller, { kind: 'settings' })),
  );
  mount(
    app,
    {
      method: 'patch',
      path: '/v1/settings',
      summary: 'Change the floors of this Hall',
      tag: 'Settings',
      access: 'tenant',
      body: SettingsPatch,
      idempotent: true,
      ok: { schema: ChangeReply },
    },
    (call) => run(call, { kind: 'settings.patch', patch: call.body }),
  );
};
