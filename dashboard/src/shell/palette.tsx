/** One field for everything that has a name here, and whatever id was pasted. Arrows choose, Enter goes. */
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useState } from 'react';
import { Dialog } from '../ui/dialog.tsx';
import { Input } from '../ui/field.tsx';
import { useSettled } from '../ui/settled.ts';
import { type Place, pasted, useEverything } from './places.ts';

const MOST = 30;

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
  const everything = useEverything(useSettled(text.trim()));
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
    if (place.to.startsWith('/app')) router.history.push(place.to);
    else location.assign(place.to);
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
        aria-label="Screen, worker, rule, key, profile or id"
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
