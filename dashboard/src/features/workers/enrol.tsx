/** A worker's record, by form or pasted whole; the service judges it, and names each member that is wrong. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { sendJson } from '../../api/http.ts';
import { DocumentDialog } from '../../ui/document-dialog.tsx';
import { Field, Input, Select } from '../../ui/field.tsx';
import { listOf } from '../../ui/list-of.ts';

const BLAST = ['data', 'network', 'financial', 'time', 'reversibility'] as const;
const ENVS = ['dev', 'stage', 'prod', 'edge'] as const;

const recordOf = (data: FormData): object => {
  const text = (name: string): string => String(data.get(name) ?? '').trim();
  return {
    worker_id: text('worker_id'),
    worker_species_id: text('worker_species_id'),
    capabilities: listOf(text('capabilities')),
    risk_tier: text('risk_tier'),
    currently_implements: listOf(text('currently_implements')),
    required_controls: [],
    allowed_environments: ENVS.filter((env) => data.get(`env_${env}`) !== null),
    idempotency: text('idempotency'),
    determinism: 'deterministic',
    blast_radius: Object.fromEntries(BLAST.map((name) => [name, Number(text(`blast_${name}`))])),
    privilege_envelope: {
      secrets_access: [],
      network_egress: text('network_egress'),
      filesystem_writes: [],
      tools: [],
    },
    owner: text('owner'),
    contact: text('contact'),
    catalog_version_min: '1.0.0',
  };
};

const Form = () => (
  <div className="space-y-3">
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label="Worker id" hint="org.<name>.… or x.<name>.…">
        <Input name="worker_id" required spellCheck={false} placeholder="org.example.translator" />
      </Field>
      <Field label="Species" hint="What kind of worker it is">
        <Input name="worker_species_id" required spellCheck={false} placeholder="wrk.doc.translator" />
      </Field>
      <Field label="Capabilities" hint="With a comma between">
        <Input name="capabilities" required spellCheck={false} placeholder="cap.doc.translate" />
      </Field>
      <Field label="Controls it implements">
        <Input name="currently_implements" spellCheck={false} defaultValue="ctrl.obs.structured-logging" />
      </Field>
      <Field label="Risk">
        <Select name="risk_tier" defaultValue="medium">
          {['low', 'medium', 'high', 'critical'].map((risk) => (
            <option key={risk}>{risk}</option>
          ))}
        </Select>
      </Field>
      <Field label="May be run twice">
        <Select name="idempotency" defaultValue="full">
          {['full', 'partial', 'none'].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      </Field>
      <Field label="Reaches the network">
        <Select name="network_egress" defaultValue="none">
          {['none', 'allowlist', 'any'].map((one) => (
            <option key={one}>{one}</option>
          ))}
        </Select>
      </Field>
      <Field label="Owner">
        <Input name="owner" required />
      </Field>
      <Field label="Contact">
        <Input name="contact" required />
      </Field>
    </div>
    <fieldset>
      <legend className="font-medium">Where it may run</legend>
      <div className="flex flex-wrap gap-x-4">
        {ENVS.map((env) => (
          <label key={env} className="flex min-h-8 items-center gap-1.5">
            <input
              type="checkbox"
              name={`env_${env}`}
              className="size-6 accent-accent"
              defaultChecked={env !== 'edge'}
            />
            {env}
          </label>
        ))}
      </div>
    </fieldset>
    <fieldset>
      <legend className="font-medium">Blast radius, each 0 to 5</legend>
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-5">
        {BLAST.map((name) => (
          <Field key={name} label={name}>
            <Input name={`blast_${name}`} type="number" min={0} max={5} required defaultValue={0} />
          </Field>
        ))}
      </div>
    </fieldset>
  </div>
);

export const EnrolDialog = ({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) => {
  const queries = useQueryClient();
  const enrol = useMutation<unknown, Error, object>({
    mutationFn: (record) => sendJson('POST', '/v1/workers', record),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['workers'] });
    },
  });
  return (
    <DocumentDialog
      open={isOpen}
      onClose={onClose}
      title="Enrol a worker"
      description="What its owner declares. It may be chosen from the next decision on; the same id again replaces the record."
      verb="Enrol"
      send={enrol}
      form={<Form />}
      documentOf={recordOf}
    />
  );
};
