#!/usr/bin/env node
import '../dist/programs/k8s-lab.js';
