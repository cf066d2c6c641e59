/** The terms of a signatory by form; what is left out is as the service has it by default. */
import { useState } from 'react';
import type { Algorithm } from '../../../../src/core/signatory/token.ts';
import { Field, Input, Select, TextArea } from '../../ui/field.tsx';
import { listOf } from '../../ui/list-of.ts';

/** What identity providers commonly sign with; the JSON takes the others, too. */
const ALGORITHMS: readonly Algorithm[] = ['ES256', 'RS256', 'EdDSA', 'ES384', 'PS256'];

/** `a = b` a line. */
const pairs = (text: FormDataEntryValue | null): readonly (readonly [string, string])[] | string => {
  const lines = String(text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const read = lines.map((line) => /^(\S+)\s*=\s*(.+)$/.exec(line));
  const wrong = read.indexOf(null);
  if (wrong >= 0) return `“${lines[wrong] ?? ''}” is not of the form a = b`;
  return read.map((one) => [one?.[1] ?? '', (one?.[2] ?? '').trim()]);
};

/** A text says what is wrong. */
export const termsOf = (data: FormData): object | string => {
  const text = (name: string): string => String(data.get(name) ?? '').trim();
  const [tenants, scopes] = [pairs(data.get('tenant_ids')), pairs(data.get('scopes'))];
  if (typeof tenants === 'string') return tenants;
  if (typeof scopes === 'string') return scopes;
  const algorithms = ALGORITHMS.filter((algorithm) => data.get(`alg_${algorithm}`) !== null);
  if (algorithms.length === 0) return 'At least one algorithm has to be chosen.';
  let keys: object;
  if (text('keys') === 'url') keys = { jwks_url: text('jwks_url') };
  else {
    try {
      keys = { jwks: JSON.parse(text('jwks')) as unknown };
    } catch {
      return 'The key set is no JSON.';
    }
  }
  return {
    name: text('name'),
    issuer: text('issuer'),
    ...keys,
    audiences: listOf(data.get('audiences')),
    algorithms,
    tenant_claim: text('tenant_claim'),
    ...(tenants.length === 0 ? {} : { tenant_ids: Object.fromEntries(tenants) }),
    scopes: Object.fromEntries(scopes.map(([scope, opens]) => [scope, listOf(opens)])),
    max_lifetime_s: Number(text('max_lifetime_s')),
    single_use: data.get('single_use') !== null,
    dpop_required: data.get('dpop_required') !== null,
  };
};

const Tick = ({ name, label, isOn = false }: { name: string; label: string; isOn?: boolean }) => (
  <label className="flex min-h-8 items-center gap-1.5">
    <input type="checkbox" name={name} defaultChecked={isOn} className="size-6 accent-accent" />
    {label}
  </label>
);

const Keys = () => {
  const [from, setFrom] = useState('url');
  return (
    <>
      <Field label="Its keys">
        <Select name="keys" value={from} onChange={({ target }) => setFrom(target.value)}>
          <option value="url">are published at an address</option>
          <option value="set">are given here</option>
        </Select>
      </Field>
      {from === 'url' ? (
        <Field label="Address of the key set" hint="https, on the public internet, without redirects">
          <Input name="jwks_url" type="url" required placeholder="https://idp.acme.example/.well-known/jwks.json" />
        </Field>
      ) : (
        <Field label="Key set (JWKS)" hint="Public keys only.">
          <TextArea
            name="jwks"
            rows={5}
            required
            spellCheck={false}
            className="font-mono"
            placeholder='{"keys":[{"kty":"EC","crv":"P-256",…}]}'
          />
        </Field>
      )}
    </>
  );
};

export const TermsForm = () => (
  <div className="space-y-3">
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Name">
        <Input name="name" required maxLength={200} placeholder="Acme identity provider" />
      </Field>
      <Field label="Issuer" hint="The iss of its tokens, to the letter.">
        <Input name="issuer" required spellCheck={false} placeholder="https://idp.acme.example/" />
      </Field>
      <Keys />
      <Field label="Audiences" hint="With a comma between; each aud of a token must be one of these.">
        <Input name="audiences" required spellCheck={false} placeholder="guildhall" />
      </Field>
      <Field label="Claim that says for whom it speaks" hint="A name, or a JSON pointer such as /org/id.">
        <Input name="tenant_claim" required spellCheck={false} defaultValue="tenant_id" />
      </Field>
    </div>
    <fieldset>
      <legend className="font-medium">Algorithms it may sign with</legend>
      <div className="flex flex-wrap gap-x-4">
        {ALGORITHMS.map((algorithm) => (
          <Tick key={algorithm} name={`alg_${algorithm}`} label={algorithm} isOn={algorithm === 'ES256'} />
        ))}
      </div>
    </fieldset>
    <div className="grid gap-3 sm:grid-cols-2">
      <Field
        label="Whom it may speak for (claim = tenant_id)"
        hint="One a line. Left empty, the claim is the tenant_id."
      >
        <TextArea
          name="tenant_ids"
          rows={3}
          spellCheck={false}
          className="font-mono"
          placeholder="org_42 = acme-corp"
        />
      </Field>
      <Field label="What its scopes open (scope = scopes here)" hint="One a line. Left empty, a token opens nothing.">
        <TextArea
          name="scopes"
          rows={3}
          spellCheck={false}
          className="font-mono"
          placeholder="guildhall.route = hall:route"
        />
      </Field>
      <Field label="Longest life of a token (seconds)">
        <Input name="max_lifetime_s" type="number" min={1} max={86_400} required defaultValue={3_600} />
      </Field>
    </div>
    <div className="flex flex-wrap gap-x-4">
      <Tick name="single_use" label="A token is taken once" isOn />
      <Tick name="dpop_required" label="A token is bound to a key (DPoP)" />
    </div>
  </div>
);
