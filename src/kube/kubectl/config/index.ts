import { command } from '../cli/command.ts';
import { deleteCluster, deleteContext, deleteUser, renameContext, set, unset } from './remove.ts';
import { setCluster, setContext, setCredentials, useContext } from './set.ts';
import { currentContext, getClusters, getContexts, getUsers, view } from './show.ts';

export const config = command({
  name: 'config',
  summary: 'Modify kubeconfig files',
  subcommands: [
    currentContext,
    deleteCluster,
    deleteContext,
    deleteUser,
    getClusters,
    getContexts,
    getUsers,
    renameContext,
    set,
    setCluster,
    setContext,
    setCredentials,
    unset,
    useContext,
    view,
  ],
});
