/** What waits for a person: what is asked, why, what happens next, how long is left. `j` and `k` move, `a` and `r` answer. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { getJson, sendJson } from '../../api/http.ts';
import type { Approval } from '../../api/types.ts';
import { useMay } from '../../session/session.ts';
import { Empty, Failed, Loaded, Notice } from '../../ui/states.tsx';
import { Page } from '../../ui/table.tsx';
import { AnswerDialog, type Asked, type Said } from './answer-dialog.tsx';
import { useChosen } from './chosen.ts';
import { Item } from './item.tsx';
import { sign } from './signing.ts';
import { SigningKeys } from './signing-keys.tsx';

interface Pending {
  readonly approvals: readonly Approval[];
}

type Answer = Asked & Said;

const respond = async ({ approval, decision, reason, signWith }: Answer): Promise<{ approval: Approval }> => {
  const challenge = decision === 'escalate' ? undefined : approval.signing_challenges?.[decision];
  const passkey = challenge === undefined || signWith.length === 0 ? null : await sign(challenge, signWith);
  return sendJson<{ approval: Approval }>('POST', '/wcp/approvals/resolve', {
    pending_approval_id: approval.pending_approval_id,
    decision,
    ...(reason === '' ? {} : { reason }),
    // What was shown here: if it is another thing by now, the answer does not count.
    ...(decision === 'escalate' ? {} : { subject_hash: approval.subject_hash }),
    ...(passkey === null ? {} : { passkey }),
  });
};

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [role="dialog"]') !== null;

/** The approval that the address names: chosen in the list where it waits; its id where it does not wait any more. */
const useNamed = (approvals: readonly Approval[] | undefined, onSelect: (index: number) => void): string | null => {
  const { approvalId } = useParams({ strict: false });
  const at = approvals?.findIndex(({ pending_approval_id }) => pending_approval_id === approvalId) ?? -1;
  useEffect(() => {
    if (at >= 0) onSelect(at);
  }, [at, onSelect]);
  return approvalId === undefined || approvals === undefined || at >= 0 ? null : approvalId;
};

/** What became of one that does not wait. */
const Named = ({ approvalId }: { approvalId: string }) => {
  const query = useQuery<Approval, Error>({
    queryKey: ['approvals', approvalId],
    queryFn: ({ signal }) => getJson(`/wcp/approvals/${encodeURIComponent(approvalId)}`, {}, signal),
    retry: false,
  });
  if (query.data === undefined && query.error === null) return null;
  return (
    <Notice tone="hold">
      {query.data === undefined
        ? 'The approval that you followed is not one of this tenant. If you belong to others, choose one of them.'
        : `The approval that you followed does not wait any more: it is ${query.data.state}.`}
    </Notice>
  );
};

const outcomeOf = ({ state, votes, quorum }: Approval): string => {
  if (state === 'consumed') return 'approved and dispatched';
  return state === 'pending' && votes.length > 0 ? `still open: ${votes.length} of ${quorum} have said yes` : state;
};

const MOST = 100;
const NONE: readonly Approval[] = [];

export const ApprovalsPage = () => {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Asked | null>(null);
  const query = useQuery<Pending, Error>({
    queryKey: ['approvals'],
    queryFn: ({ signal }) => getJson('/wcp/approvals/pending', { limit: MOST }, signal),
    refetchInterval: 3_000,
  });
  const answer = useMutation({
    mutationFn: respond,
    onSuccess: () => {
      setAsked(null);
      return queries.invalidateQueries();
    },
  });
  const approvals = query.data?.approvals ?? NONE;
  const [selected, setSelected] = useChosen(approvals);
  const list = useRef<HTMLUListElement>(null);
  const mayAnswer = useMay('hall:approve');
  const named = useNamed(query.data?.approvals, setSelected);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const approval = mayAnswer ? approvals[selected] : undefined;
      const step = event.key === 'j' ? 1 : event.key === 'k' ? -1 : 0;
      if (step !== 0) {
        const next = Math.max(Math.min(selected + step, approvals.length - 1), 0);
        setSelected(next);
        list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
      } else if (event.key === 'a' && approval !== undefined) setAsked({ approval, decision: 'approve' });
      else if (event.key === 'r' && approval !== undefined) setAsked({ approval, decision: 'deny' });
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [approvals, selected, setSelected, mayAnswer]);

  const last = answer.data?.approval;
  return (
    <Page
      title="Approvals"
      changes="hall:approve"
      lead="Longest waiting first. Nobody answers what they asked for; what nobody answers in time is denied, and called expired."
    >
      {last !== undefined && asked === null && (
        <Notice tone={last.state === 'consumed' || last.state === 'approved' ? 'allow' : 'plain'}>
          The last one is {outcomeOf(last)}.
        </Notice>
      )}
      {named !== null && <Named approvalId={named} />}
      <Loaded query={query} what="approvals">
        {() =>
          approvals.length === 0 ? (
            <Empty title="Nobody waits">
              Questions that a policy or a rule holds for a person show up here by themselves.
            </Empty>
          ) : (
            <>
              <ul ref={list} aria-label="Waiting" className="space-y-3">
                {approvals.map((approval, index) => (
                  <Item
                    key={approval.pending_approval_id}
                    approval={approval}
                    selected={index === selected}
                    onSelect={() => setSelected(index)}
                    onAnswer={(decision) => setAsked({ approval, decision })}
                  />
                ))}
              </ul>
              {approvals.length === MOST && (
                <p className="text-soft">
                  These are the {MOST} that have waited longest; whatever else waits comes up as they are answered.
                </p>
              )}
              <p className="text-xs text-soft">
                Keys: <kbd>j</kbd> <kbd>k</kbd> move, <kbd>a</kbd> approve, <kbd>r</kbd> reject.
              </p>
            </>
          )
        }
      </Loaded>
      <SigningKeys />
      <AnswerDialog
        asked={asked}
        busy={answer.isPending}
        failure={answer.error === null ? null : <Failed error={answer.error} />}
        onClose={() => {
          answer.reset();
          setAsked(null);
        }}
        onAnswer={(said) => asked !== null && answer.mutate({ ...asked, ...said })}
      />
    </Page>
  );
};
