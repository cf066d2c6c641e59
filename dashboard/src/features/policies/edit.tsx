/** The editor of one bundle: what is wrong is said by line; saving decides nothing, publishing does. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { sendJson } from '../../api/http.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { DiffView } from '../../ui/diff-view.tsx';
import { Editor, goToLine } from '../../ui/editor.tsx';
import { Field, Input } from '../../ui/field.tsx';
import { Failed, Notice } from '../../ui/states.tsx';
import { Card } from '../../ui/table.tsx';
import { Badge } from '../../ui/verdict.tsx';
import { complete } from './complete.ts';
import { type Draft, readable } from './draft.ts';
import { type Judged, useJudged } from './problems.ts';
import { bundlePath, capabilityNames } from './queries.ts';

const Problems = ({ judged, onLine }: { judged: Judged; onLine: (line: number) => void }) => (
  <Card title="What the service says">
    <div role="status" className="space-y-2">
      {judged.failure !== null ? (
        <p className="text-deny">It could not be checked: {judged.failure.message}</p>
      ) : !judged.isFresh ? (
        <p className="text-soft">Checking …</p>
      ) : judged.isValid ? (
        <p>
          <Badge tone="allow">can be published</Badge>{' '}
          <span className="text-soft">
            {judged.rules} {judged.rules === 1 ? 'rule' : 'rules'} would be in force, with the other bundles
          </span>
        </p>
      ) : (
        <p>
          <Badge tone="deny">cannot be published</Badge>
        </p>
      )}
      <ul className="space-y-1.5">
        {judged.problems.map(({ tone, line, where, message }) => (
          <li key={`${line} ${where} ${message}`} className="flex flex-wrap items-baseline gap-2">
            <Badge tone={tone}>{tone === 'deny' ? 'error' : 'warning'}</Badge>
            {line !== null && (
              <button type="button" className="min-h-6 underline" onClick={() => onLine(line)}>
                line {line}
              </button>
            )}
            <span className="min-w-0 break-words">
              {where !== '' && <code className="text-soft">{where} </code>}
              {message}
            </span>
          </li>
        ))}
      </ul>
    </div>
  </Card>
);

const PublishDialog = ({ draft, isOpen, onClose }: { draft: Draft; isOpen: boolean; onClose: () => void }) => {
  const queries = useQueryClient();
  const publish = useMutation({
    mutationFn: async (message: string) => {
      if (draft.text !== draft.saved) await save(draft, message);
      return sendJson<{ snapshot_after: string }>('POST', '/api/v1/policy/publish', {
        bundle_ids: [draft.bundleId],
        message,
        ...(draft.snapshotHash === null ? {} : { expected_snapshot: draft.snapshotHash }),
      });
    },
    onSuccess: () => {
      draft.forget();
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['policies'] }),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    publish.mutate(String(new FormData(event.currentTarget).get('message') ?? '').trim());
  };
  return (
    <Dialog
      open={isOpen}
      onClose={() => {
        publish.reset();
        onClose();
      }}
      title={`Publish ${draft.bundleId}`}
      description="From the next decision it decides. What was in force stays a version that can be put back."
    >
      <form onSubmit={submit} className="space-y-4">
        <DiffView label="What changes" before={readable(draft.inForce ?? '')} after={draft.text} />
        <Field label="What for (kept in the ledger)">
          <Input name="message" maxLength={2000} />
        </Field>
        {publish.error !== null && <Failed error={publish.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" kind="primary" busy={publish.isPending}>
            Publish
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

const save = ({ bundleId, text, revision }: Draft, message: string) =>
  sendJson('PUT', bundlePath(bundleId), { content: text, revision, message });

export const EditTab = ({ draft }: { draft: Draft }) => {
  const queries = useQueryClient();
  const area = useRef<HTMLTextAreaElement>(null);
  const [isPublishing, setIsPublishing] = useState(false);
  const [showsDiff, setShowsDiff] = useState(false);
  const judged = useJudged(draft.bundleId, draft.text);
  const capabilities = useQuery(capabilityNames).data ?? [];
  const keep = useMutation({
    mutationFn: () => save(draft, ''),
    onSuccess: draft.forget,
    onSettled: () => queries.invalidateQueries({ queryKey: ['policies'] }),
  });
  const wrongLines = new Set(
    judged.problems.flatMap(({ line, tone }) => (line !== null && tone === 'deny' ? [line] : [])),
  );
  const isInForce = draft.inForce !== null && readable(draft.inForce) === draft.text;
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        {isInForce ? <Badge tone="allow">in force</Badge> : <Badge tone="hold">not in force</Badge>}
        {draft.isChanged && <Badge tone="fault">not saved</Badge>}
        <div className="ml-auto flex flex-wrap gap-2">
          <Button aria-pressed={showsDiff} onClick={() => setShowsDiff(!showsDiff)}>
            {showsDiff ? 'Hide what changed' : 'Show what changed'}
          </Button>
          <Button disabled={!draft.isChanged} onClick={draft.forget}>
            Undo all
          </Button>
          <Button
            needs="policy:write"
            busy={keep.isPending}
            disabled={draft.text === draft.saved}
            onClick={() => keep.mutate()}
          >
            Save draft
          </Button>
          <Button
            kind="primary"
            needs="policy:write"
            disabled={!judged.isValid || isInForce}
            onClick={() => setIsPublishing(true)}
          >
            Publish …
          </Button>
        </div>
      </div>
      {keep.isSuccess && !draft.isChanged && (
        <Notice tone="allow">Saved. Nothing decides by it before it is published.</Notice>
      )}
      {keep.error !== null && <Failed error={keep.error} />}
      <div className="grid items-start gap-4 lg:grid-cols-[1fr_20rem]">
        <div className="min-w-0 space-y-4">
          <Editor
            label={`Text of ${draft.bundleId}`}
            text={draft.text}
            wrongLines={wrongLines}
            area={area}
            onText={draft.write}
            complete={complete({ capabilities })}
          />
          {showsDiff && (
            <DiffView label="Since what is in force" before={readable(draft.inForce ?? '')} after={draft.text} />
          )}
        </div>
        <Problems judged={judged} onLine={(line) => goToLine(area.current, line)} />
      </div>
      <PublishDialog draft={draft} isOpen={isPublishing} onClose={() => setIsPublishing(false)} />
    </div>
  );
};
