// Asks again and again while a page is on show, and not while nobody looks at the tab.
import { useEffect } from 'preact/hooks';

export function usePolling(ask: () => Promise<void>, pause_ms: number): void {
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async (): Promise<void> => {
      if (!document.hidden) await ask();
      if (!gone) timer = setTimeout(() => void turn(), pause_ms);
    };
    void turn();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
}
