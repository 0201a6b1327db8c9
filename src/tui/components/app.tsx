import { Box, Text, useInput, useStdout } from 'ink';
import { useEffect, useSyncExternalStore } from 'react';
import { keysOf } from '../keys.ts';
import type { Controller } from '../state/controller.ts';
import { frameOf } from '../state/frame.ts';
import type { Store } from '../state/store.ts';
import type { UiState } from '../state/ui-state.ts';
import type { Theme } from '../theme.ts';

interface AppProps {
  readonly store: Store<UiState>;
  readonly controller: Controller;
  readonly theme: Theme;
}

/** The one component: state becomes lines, keys go to the controller. */
export function App({ store, controller, theme }: AppProps) {
  const ui = useSyncExternalStore(store.subscribe, store.get);
  const { stdout } = useStdout();
  useEffect(() => {
    const resize = () => store.set({ columns: stdout.columns, rows: stdout.rows });
    stdout.on('resize', resize);
    return () => void stdout.off('resize', resize);
  }, [stdout, store]);
  useInput((input, key) => {
    // Keys typed quickly come in one call: each is one.
    for (const name of keysOf(input, key)) controller.key(name);
  });
  return (
    <Box flexDirection="column" height={Math.max(1, ui.rows - 1)}>
      {frameOf(ui, theme).map((row, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row of the terminal is its number
        <Text key={index} wrap="truncate">
          {theme.paint(row) || ' '}
        </Text>
      ))}
    </Box>
  );
}
