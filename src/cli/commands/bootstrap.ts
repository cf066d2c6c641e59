/** `guildhall bootstrap`: the operator creates a tenant and gets its first API key, which is shown only here. */
import { type Command, EXIT, readArgs, UsageError } from './command.ts';
import { isRefused, refused } from './hall.ts';
import { OPERATOR_OPTIONS, OPERATOR_USAGE, operatorsHall } from './operator.ts';
import { bold, dim, good, headline, rows } from './paint.ts';

const OPTIONS = {
  tenant: { type: 'string' },
  name: { type: 'string' },
  environment: { type: 'string' },
  ...OPERATOR_OPTIONS,
  json: { type: 'boolean' },
} as const;

export const bootstrap: Command = {
  usage: `guildhall bootstrap --tenant ID --name NAME [--environment live|test] [--json]

Creates a tenant, as the operator, and prints its first API key. The key opens everything of this tenant and is shown
only once.

${OPERATOR_USAGE}`,
  run: async (args, at) => {
    const { values } = readArgs(args, OPTIONS);
    const { tenant, name, environment = 'live' } = values;
    if (tenant === undefined || name === undefined) throw new UsageError('a tenant needs --tenant and --name');
    const answer = await operatorsHall(values, at.env).ask(
      'POST',
      '/v1/tenants',
      JSON.stringify({ tenant, name, environment }),
    );
    if (isRefused(answer)) return refused(answer, at, values.json === true);
    if (values.json === true) at.out(`${answer.text}\n`);
    else {
      const { api_key: key, evidence_receipt: receipt } = answer.value;
      const id =
        typeof receipt === 'object' && receipt !== null && 'receipt_id' in receipt ? String(receipt.receipt_id) : '';
      at.out(headline(good('✓'), `${bold(tenant)} is open`));
      at.out(
        rows([
          ['API key', `${String(key)}  ${dim('shown only now')}`],
          ['Receipt', id],
        ]),
      );
    }
    return EXIT.ok;
  },
};
