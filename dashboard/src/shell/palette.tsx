/** One field for everything: screens, workers, profiles, bans, and whatever id was pasted. Arrows choose, Enter goes. */
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { getJson } from '../api/http.ts';
import type { WorkerSummary } from '../api/types.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Input } from '../ui/field.tsx';
import { NAV } from './nav.ts';

interface Place {
  readonly label: string;
  readonly kind: string;
  readonly to: string;
}

const ACTIONS: readonly Place[] = [
  { label: 'Ban a worker', kind: 'do', to: '/app/bans?ban=' },
  { label: 'Compare two profiles', kind: 'do', to: '/app/profiles/compare' },
  { label: 'Swap or activate a profile', kind: 'do', to: '/app/profiles' },
  { label: 'Answer an approval', kind: 'do', to: '/app/approvals' },
  { label: 'Simulate a policy', kind: 'do', to: '/app/policies?tab=simulate' },
  { label: 'Roll a policy back', kind: 'do', to: '/app/policies?tab=versions' },
  { label: 'Verify a pasted receipt', kind: 'do', to: '/app/ledger' },
];

const MOST = 30;

/** An id that somebody copied from elsewhere. */
const pasted = (text: string): readonly Place[] => {
  const id = encodeURIComponent(text);
  if (/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f-]{17}$/i.test(text)) {
    return [
      { label: `Decision ${text}`, kind: 'decision', to: `/app/decisions/${id}` },
      { label: `Decisions of the trace ${text}`, kind: 'decisions', to: `/app/decisions?correlation_id=${id}` },
    ];
  }
  if (/^ban_[\w-]+$/.test(text)) return [{ label: `Ban ${text}`, kind: 'ban', to: `/app/bans/network/${id}` }];
  if (/^cap\.[a-z0-9.-]+$/.test(text)) {
    return [{ label: `Decisions on ${text}`, kind: 'decisions', to: `/app/decisions?capability_id=${id}` }];
  }
  return /^(?:org|x)\.[\w.-]+$/.test(text) ? [{ label: text, kind: 'worker', to: `/app/workers/${id}` }] : [];
};

const useEverything = (): readonly Place[] => {
  const workers = useQuery<{ readonly workers: readonly WorkerSummary[] }, Error>({
    queryKey: ['workers', 'names'],
    queryFn: ({ signal }) => getJson('/v1/workers', { limit: 200 }, signal),
    retry: false,
  });
  const profiles = useQuery<{ readonly profiles: readonly { profile_id: string; title: string }[] }, Error>({
    queryKey: ['profiles'],
    queryFn: ({ signal }) => getJson('/v1/profiles', {}, signal),
    retry: false,
  });
  return [
    ...NAV.map(({ to, label, group }) => ({ to, label, kind: group.toLowerCase() })),
    ...ACTIONS,
    ...(workers.data?.workers ?? []).map(({ worker_id }) => ({
      label: worker_id,
      kind: 'worker',
      to: `/app/workers/${encodeURIComponent(worker_id)}`,
    })),
    ...(profiles.data?.profiles ?? []).map(({ profile_id, title }) => ({
      label: `${title} (${profile_id})`,
      kind: 'profile',
      to: `/app/profiles/${encodeURIComponent(profile_id)}`,
    })),
  ];
};

/** Every word has to be there, in whatever order. */
const fits = ({ label, kind }: Place, words: readonly string[]): boolean => {
  const text = `${label} ${kind}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

/** A whole word of what it is called begins so, rather than some part of an id. */
const begins = ({ label }: Place, [word = '']: readonly string[]): boolean =>
  label
    .toLowerCase()
    .split(/[\s,(]+/)
    .some((part, index) => index < 3 && part.startsWith(word));

export const Palette = ({ onClose }: { onClose: () => void }) => {
  const router = useRouter();
  const list = useId();
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState(0);
  const everything = useEverything();
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const found = [
    ...pasted(text.trim()),
    ...everything
      .filter((place) => fits(place, words))
      .sort((a, b) => Number(begins(b, words)) - Number(begins(a, words))),
  ].slice(0, MOST);
  const go = (place: Place | undefined): void => {
    if (place === undefined) return;
    onClose();
    router.history.push(place.to);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setChosen(Math.min(chosen + 1, found.length - 1));
    else if (event.key === 'ArrowUp') setChosen(Math.max(chosen - 1, 0));
    else if (event.key === 'Enter') go(found[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog open onClose={onClose} title="Go to">
      <Input
        type="search"
        role="combobox"
        aria-label="Screen, worker, profile or id"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found[chosen] === undefined ? undefined : `${list}-${chosen}`}
        autoComplete="off"
        spellCheck={false}
        placeholder="ban a worker, summarizer, SOC 2, a decision id …"
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setChosen(0);
        }}
        onKeyDown={onKey}
      />
      <div id={list} role="listbox" aria-label="Places" className="mt-2 max-h-80 overflow-y-auto">
        {found.map((place, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, as in every combobox
          <div
            key={`${place.kind} ${place.to} ${place.label}`}
            id={`${list}-${index}`}
            ref={(option) => {
              if (index === chosen) option?.scrollIntoView({ block: 'nearest' });
            }}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => go(place)}
            className={`flex min-h-8 cursor-pointer items-center justify-between gap-3 rounded-md px-2 py-1.5 ${index === chosen ? 'bg-accent-wash text-accent' : 'hover:bg-raised'}`}
          >
            <span className="min-w-0 break-words">{place.label}</span>
            <span className={`text-xs ${index === chosen ? '' : 'text-soft'}`}>{place.kind}</span>
          </div>
        ))}
        {found.length === 0 && <p className="px-2 py-3 text-soft">Nothing is called that.</p>}
      </div>
    </Dialog>
  );
};
