/** Whom and what this Hall lets pass: signatories without a token, controls it supplies itself, where workers may reach. */
import type { Settings } from '../../../../src/core/hall/settings.ts';
import { Field, TextArea } from '../../ui/field.tsx';
import { listOf } from '../../ui/list-of.ts';
import type { Change } from './change.ts';
import { SettingsForm } from './form.tsx';

/** Where the lists are asked; those of other environments stay as they are. */
const HELD = ['prod', 'edge'] as const;

const egressOf = (data: FormData): Settings['egress_allowlist'] =>
  Object.fromEntries(HELD.map((env) => [env, listOf(data.get(`egress_${env}`))]));

const Lines = ({
  name,
  rows,
  value,
  ...rest
}: {
  name: string;
  rows: number;
  value: readonly string[];
  id?: string;
}) => (
  <TextArea
    {...rest}
    name={name}
    rows={rows}
    spellCheck={false}
    className="font-mono"
    defaultValue={value.join('\n')}
  />
);

export const Lists = ({ settings, change }: { settings: Settings; change: Change }) => (
  <SettingsForm
    title="What is let pass"
    change={change}
    read={(data) => ({
      allowed_tenants: listOf(data.get('allowed_tenants')),
      hall_controls: listOf(data.get('hall_controls')),
      egress_allowlist: { ...settings.egress_allowlist, ...egressOf(data) },
    })}
  >
    <div className="grid gap-4 lg:grid-cols-2">
      <Field
        label="Signatories that need no token, one a line"
        hint="Where a signatory is required and no credential is: these are taken at their word."
      >
        <Lines name="allowed_tenants" rows={4} value={settings.allowed_tenants} />
      </Field>
      <Field
        label="Controls that the Hall supplies, one a line"
        hint="They count for every worker, beside what it implements itself."
      >
        <Lines name="hall_controls" rows={4} value={settings.hall_controls} />
      </Field>
    </div>
    <fieldset>
      <legend className="mb-2 font-medium">Where workers may reach with restricted data, one a line</legend>
      <div className="grid gap-4 sm:grid-cols-2">
        {HELD.map((env) => (
          <Field key={env} label={env} hint="Empty: nowhere at all.">
            <Lines name={`egress_${env}`} rows={3} value={settings.egress_allowlist[env] ?? []} />
          </Field>
        ))}
      </div>
    </fieldset>
  </SettingsForm>
);
