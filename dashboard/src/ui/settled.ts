/** What was typed, once that has stood still for a moment: so that not every letter asks the service. */
import { useEffect, useState } from 'react';

const MOMENT_MS = 200;

export const useSettled = (text: string): string => {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), MOMENT_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
};
