/** Focus is never lost: it follows navigation, and where what had it is taken away it goes to the nearest place that is left. */
import { useRouterState } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';

/** So that a reader of the screen hears where it is. */
const useFocusOnNavigation = (main: RefObject<HTMLElement | null>): void => {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) main.current?.focus();
    before.current = path;
  }, [path, main]);
};

/** A row that was answered, lifted or scrolled away takes the focus with it, and the browser tells nobody. */
const useFocusKept = (main: RefObject<HTMLElement | null>): void => {
  useEffect(() => {
    let last: Element | null = null;
    let around: HTMLElement | null = null;
    const remember = ({ target }: FocusEvent): void => {
      if (!(target instanceof Element)) return;
      last = target;
      around = target.parentElement?.closest<HTMLElement>('[tabindex="0"]') ?? null;
    };
    const keep = (): void => {
      if (document.activeElement !== document.body || last === null || last.isConnected) return;
      const place = around?.isConnected === true ? around : main.current;
      place?.focus({ preventScroll: true });
    };
    const watch = new MutationObserver(keep);
    document.addEventListener('focusin', remember);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', remember);
      watch.disconnect();
    };
  }, [main]);
};

export const useFocus = (): RefObject<HTMLElement | null> => {
  const main = useRef<HTMLElement>(null);
  useFocusOnNavigation(main);
  useFocusKept(main);
  return main;
};
