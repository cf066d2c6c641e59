/**
 * A text with numbered lines; those with something wrong are marked. Tab leaves it, as in any other field. What may stand
 * at the cursor is offered beneath it: the down arrow goes in, Enter takes, Escape sends it away; Control and
 * space ask for it.
 */
import { type KeyboardEvent, type RefObject, useId, useState } from 'react';

export interface Completion {
  /** Where the word begins that it would replace. */
  readonly from: number;
  readonly items: readonly string[];
}

export interface EditorProps {
  readonly label: string;
  readonly text: string;
  readonly wrongLines: ReadonlySet<number>;
  readonly area: RefObject<HTMLTextAreaElement | null>;
  readonly onText: (text: string) => void;
  readonly complete?: (text: string, caret: number) => Completion | null;
}

interface Offer extends Completion {
  readonly caret: number;
  /** -1: none yet, so Enter begins a line as ever. */
  readonly chosen: number;
}

const LINE_PX = 20;
const PADDING_PX = 8;
const MOST = 8;

/** Beneath the cursor, in lines of fixed height and characters of one width; on a phone no further right than there is room. */
const placeOf = (text: string, { from }: Offer, field: HTMLTextAreaElement | null): { top: number; left: string } => {
  const lines = text.slice(0, from).split('\n');
  const scrolled = field?.closest('[data-scrolls]')?.scrollTop ?? 0;
  const left = (field?.offsetLeft ?? 0) + PADDING_PX - (field?.scrollLeft ?? 0);
  return {
    top: lines.length * LINE_PX + PADDING_PX - scrolled,
    left: `min(${lines.at(-1)?.length ?? 0}ch + ${left}px, 100% - 12rem)`,
  };
};

export const Editor = ({ label, text, wrongLines, area, onText, complete }: EditorProps) => {
  const list = useId();
  const [offer, setOffer] = useState<Offer | null>(null);
  const lines = text.split('\n');
  /** Unasked, only for a word that was begun: an arrow on an empty line is for the line. */
  const look = (written: string, caret: number, isAsked = false): void => {
    const found = complete?.(written, caret) ?? null;
    setOffer(
      found === null || (!isAsked && found.from === caret)
        ? null
        : { ...found, items: found.items.slice(0, MOST), caret, chosen: -1 },
    );
  };
  const take = (item: string | undefined): void => {
    if (offer === null || item === undefined || area.current === null) return;
    const caret = offer.from + item.length;
    onText(text.slice(0, offer.from) + item + text.slice(offer.caret));
    setOffer(null);
    const field = area.current;
    requestAnimationFrame(() => {
      field.focus();
      field.setSelectionRange(caret, caret);
    });
  };
  const onKey = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      look(text, event.currentTarget.selectionStart, true);
    }
    if (offer === null) return;
    const { chosen, items } = offer;
    if (event.key === 'ArrowDown') setOffer({ ...offer, chosen: Math.min(chosen + 1, items.length - 1) });
    else if (event.key === 'ArrowUp' && chosen >= 0) setOffer({ ...offer, chosen: chosen - 1 });
    else if (event.key === 'Enter' && chosen >= 0) take(items[chosen]);
    else if (event.key === 'Escape') setOffer(null);
    else {
      // Whatever else moves the cursor leaves what was offered behind.
      if (/^(?:Arrow|Home|End|Page)/.test(event.key)) setOffer(null);
      return;
    }
    event.preventDefault();
  };
  return (
    <div className="relative font-mono text-[0.92em] leading-5">
      <div
        data-scrolls
        onWheel={() => setOffer(null)}
        className="flex max-h-[60dvh] overflow-y-auto rounded-lg border border-line bg-surface has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:outline-offset-2 has-[textarea:focus-visible]:outline-accent"
      >
        <pre
          aria-hidden="true"
          className="shrink-0 select-none border-r border-line bg-raised py-2 text-right text-soft"
        >
          {lines.map((_, index) => (
            <div
              key={index}
              className={`px-2 ${wrongLines.has(index + 1) ? 'bg-deny-wash font-semibold text-deny' : ''}`}
            >
              {index + 1}
            </div>
          ))}
        </pre>
        <textarea
          ref={area}
          aria-label={label}
          aria-autocomplete={complete === undefined ? undefined : 'list'}
          aria-controls={offer === null ? undefined : list}
          aria-activedescendant={offer === null || offer.chosen < 0 ? undefined : `${list}-${offer.chosen}`}
          value={text}
          onChange={({ target }) => {
            onText(target.value);
            look(target.value, target.selectionStart);
          }}
          onKeyDown={onKey}
          onBlur={() => setOffer(null)}
          onPointerDown={() => setOffer(null)}
          rows={Math.max(lines.length, 12)}
          wrap="off"
          spellCheck={false}
          autoCapitalize="off"
          className="min-w-0 grow resize-none overflow-x-auto overflow-y-hidden whitespace-pre bg-transparent p-2 leading-5 text-ink outline-none"
        />
      </div>
      {offer !== null && (
        <div
          id={list}
          role="listbox"
          aria-label="What may stand here"
          style={placeOf(text, offer, area.current)}
          className="absolute z-20 min-w-40 max-w-full rounded-md border border-line bg-surface py-1 shadow-lg"
        >
          {offer.items.map((item, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the text has the keys, as in every combobox
            <div
              key={item}
              id={`${list}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === offer.chosen}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(item)}
              className={`min-h-6 cursor-pointer truncate px-2 ${index === offer.chosen ? 'bg-accent-wash text-accent' : 'hover:bg-raised'}`}
            >
              {item}
            </div>
          ))}
        </div>
      )}
      <p role="status" className="sr-only">
        {offer === null ? '' : `${offer.items.length} may stand here; the down arrow goes to them`}
      </p>
    </div>
  );
};

/** Puts the cursor at the beginning of a line. */
export const goToLine = (area: HTMLTextAreaElement | null, line: number): void => {
  if (area === null) return;
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
};
